import '../style/index.css';

import { catalog, completion, highlighting } from './plugin';

export default [catalog, highlighting, completion];
