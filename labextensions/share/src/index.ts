import '../style/index.css';

import { notices } from './notices';
import { share } from './plugin';

export default [share, notices];
