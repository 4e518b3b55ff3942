import '../style/index.css';

import { alerts } from './alerts';
import { schedule } from './plugin';

export default [schedule, alerts];
