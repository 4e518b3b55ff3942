import '../style/index.css';

import { schedule } from './plugin';

export default [schedule];
