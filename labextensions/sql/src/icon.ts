import { LabIcon } from '@jupyterlab/ui-components';

import sqlSvg from '../style/icons/sql.svg';

export const sqlIcon = new LabIcon({ name: 'lodge:sql', svgstr: sqlSvg });
