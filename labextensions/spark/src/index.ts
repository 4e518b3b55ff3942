import '../style/index.css';

import { spark } from './plugin';

export default [spark];
