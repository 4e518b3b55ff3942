import { LabIcon } from '@jupyterlab/ui-components';

import sparkSvg from '../style/icons/spark.svg';

export const sparkIcon = new LabIcon({ name: 'lodge:spark', svgstr: sparkSvg });
