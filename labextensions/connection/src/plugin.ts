import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IConnectionLost, JupyterLab } from '@jupyterlab/application';
import { Dialog, Notification } from '@jupyterlab/apputils';
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ITranslator } from '@jupyterlab/translation';
import { loadWords } from '@lodge/kit';

import type { Clock, ServerState } from './state';
import { changed, settled, stateOf } from './state';

/** JupyterLab's own, there under a hub only: opens the hub's page of the start in another tab. */
const START = 'hub:restart';
const ANSWER_MS = 10_000;

const CLOCK: Clock = {
  now: () => performance.now(),
  sleep: ms => new Promise(done => window.setTimeout(done, ms))
};

/** In place of JupyterLab's, which takes one lost request for the end of the server. */
export const connection: JupyterFrontEndPlugin<IConnectionLost> = {
  id: '@lodge/lab:connection',
  description: 'Says when the server is lost, and when it is back.',
  autoStart: true,
  provides: IConnectionLost,
  optional: [JupyterLab.IInfo, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    info: JupyterLab.IInfo | null,
    translator: ITranslator | null
  ): IConnectionLost => {
    const trans = loadWords(translator);
    const connect = (connected: boolean) => {
      if (info) {
        // While there is none, JupyterLab's own polls rest.
        info.isConnected = connected;
      }
    };
    let watching = false;
    return async (_manager, _error) => {
      if (watching) {
        return;
      }
      watching = true;
      try {
        let state = await settled(ask, CLOCK);
        const told = state !== 'there';
        while (state !== 'there') {
          connect(false);
          const dialog = tell(app, trans, state);
          state = await changed(state, ask, CLOCK);
          dialog.reject();
        }
        if (told) {
          // Not before: what shows notifications is itself fetched from the server.
          Notification.success(trans.__('Your server is back.'), { autoClose: 5_000 });
        }
      } finally {
        connect(true);
        watching = false;
      }
    };
  }
};

async function ask(): Promise<ServerState> {
  const settings = ServerConnection.makeSettings();
  const request = { signal: AbortSignal.timeout(ANSWER_MS), cache: 'no-store' as const };
  try {
    const answer = await ServerConnection.makeRequest(
      URLExt.join(settings.baseUrl, 'api'),
      request,
      settings
    );
    return stateOf(answer.status);
  } catch {
    return stateOf(null);
  }
}

/** Say that the server is lost, in a dialog that goes once it is back. */
function tell(
  app: JupyterFrontEnd,
  trans: TranslationBundle,
  state: 'stopped' | 'unreachable'
): Dialog<unknown> {
  const stopped = state === 'stopped';
  const advice = stopped
    ? trans.__('Start it again; this page then goes on.')
    : trans.__('Check your network connection; this page goes on once the server answers.');
  const kept = trans.__(
    'What you have not saved is still in this page: leave it open, and save then.'
  );
  const buttons = [Dialog.cancelButton({ label: trans.__('Dismiss') })];
  if (stopped && app.commands.hasCommand(START)) {
    buttons.push(Dialog.okButton({ label: trans.__('Start server') }));
  }
  const dialog = new Dialog({
    title: stopped ? trans.__('Your server has stopped') : trans.__('Your server can’t be reached'),
    body: `${advice}\n${kept}`,
    buttons
  });
  void dialog.launch().then(result => {
    if (result.button.accept) {
      void app.commands.execute(START);
    }
  });
  return dialog;
}
