import '../style/index.css';

import { formatting } from './formatting';
import { catalog, completion, highlighting, results } from './plugin';

export default [catalog, highlighting, completion, results, formatting];
