import { LabIcon } from '@jupyterlab/ui-components';

import lodgeSvg from '../style/icons/lodge.svg';
import scheduleSvg from '../style/icons/schedule.svg';
import shareSvg from '../style/icons/share.svg';

export const lodgeIcon = new LabIcon({ name: 'lodge:mark', svgstr: lodgeSvg });
export const shareIcon = new LabIcon({ name: 'lodge:share', svgstr: shareSvg });
export const scheduleIcon = new LabIcon({ name: 'lodge:schedule', svgstr: scheduleSvg });
