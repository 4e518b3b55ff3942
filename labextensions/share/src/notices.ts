import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ITranslator } from '@jupyterlab/translation';
import { LodgeApi, loadWords, serviceUrl } from '@lodge/kit';
import { Poll } from '@lumino/polling';
import { Widget } from '@lumino/widgets';

/** How often the server is asked while somebody looks: milliseconds. */
const INTERVAL = 60_000;

/** What others have said to the user, in the top bar: nothing while there is nothing. */
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
    const link = document.createElement('a');
    link.href = `${gallery}notices`;
    link.target = '_blank';
    link.rel = 'noopener';
    const widget = new Widget();
    widget.id = 'lodge-notices';
    widget.addClass('lodge-Notices');
    widget.node.append(link);
    widget.hide();
    app.shell.add(widget, 'top', { rank: 1000 });

    const poll = new Poll({
      name: '@lodge/share:notices',
      standby: 'when-hidden',
      frequency: { interval: INTERVAL, backoff: true, max: 10 * INTERVAL },
      factory: async () => {
        const count = (await api.notices()).length;
        const said = trans._n('%1 new comment for you', '%1 new comments for you', count);
        link.textContent = said;
        widget.setHidden(count === 0);
      }
    });
    // Whoever comes back from the gallery has seen them.
    const look = (): void => {
      if (!document.hidden) {
        void poll.refresh();
      }
    };
    document.addEventListener('visibilitychange', look);
    widget.disposed.connect(() => {
      document.removeEventListener('visibilitychange', look);
      poll.dispose();
    });
  }
};
