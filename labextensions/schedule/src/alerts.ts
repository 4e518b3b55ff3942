import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ITranslator } from '@jupyterlab/translation';
import { addTopLink, LodgeApi, loadWords, serviceUrl } from '@lodge/kit';

/** How many alerts the hint names. */
const NAMED = 5;

/** What is told of the user's schedules, in the top bar. */
export const alerts: JupyterFrontEndPlugin<void> = {
  id: '@lodge/lab:alerts',
  description: 'Tells of schedules of the user that fail, are late or work again.',
  autoStart: true,
  optional: [ITranslator],
  activate: (app: JupyterFrontEnd, translator: ITranslator | null) => {
    const schedules = serviceUrl('schedules');
    if (schedules === null) {
      return;
    }
    const trans = loadWords(translator);
    const api = new LodgeApi(trans);
    const language = translator?.languageCode.startsWith('zh') ? 'zh' : 'en';
    addTopLink(app.shell, {
      id: 'lodge-alerts',
      href: `${schedules}alerts`,
      rank: 1001,
      ask: async () => {
        const found = await api.alerts(language);
        const said = trans._n(
          '%1 new alert of your schedules',
          '%1 new alerts of your schedules',
          found.length
        );
        const hint = found.slice(0, NAMED).map(one => one.headline);
        return found.length === 0 ? null : { said, hint: hint.join('\n') };
      }
    });
  }
};
