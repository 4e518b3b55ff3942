import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { logo } from './logo';
import { themes } from './themes';

const plugins: JupyterFrontEndPlugin<void>[] = [themes, logo];

export default plugins;
