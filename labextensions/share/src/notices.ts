import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ITranslator } from '@jupyterlab/translation';
import { addTopLink, LodgeApi, loadWords, serviceUrl } from '@lodge/kit';

/** What others have said to the user, in the top bar. */
export const notices: JupyterFrontEndPlugin<void> = {
  id: '@lodge/lab:notices',
  description: 'Tells of comments that name the user or are on what they have shared.',
  autoStart: true,
  optional: [ITranslator],
  activate: (app: JupyterFrontEnd, translator: ITranslator | null) => {
    const gallery = serviceUrl('shares');
    if (gallery === null) {
      return;
    }
    const trans = loadWords(translator);
    const api = new LodgeApi(trans);
    addTopLink(app.shell, {
      id: 'lodge-notices',
      href: `${gallery}notices`,
      rank: 1000,
      ask: async () => {
        const count = (await api.notices()).length;
        const said = trans._n('%1 new comment for you', '%1 new comments for you', count);
        return count === 0 ? null : { said, hint: '' };
      }
    });
  }
};
