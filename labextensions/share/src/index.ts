import '../style/index.css';

import { share } from './plugin';

export default [share];
