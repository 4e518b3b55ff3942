import '../style/index.css';

import { catalog, highlighting } from './plugin';

export default [catalog, highlighting];
