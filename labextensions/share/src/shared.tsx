import type { TranslationBundle } from '@jupyterlab/translation';
import type { LodgeApi, Share } from '@lodge/kit';
import { Button, Notice, hubUrl } from '@lodge/kit';
import React from 'react';

import { WikiStates } from './wikis';

interface SharedProps {
  api: LodgeApi;
  share: Share;
  previous: Share | null;
  failed: ReadonlyMap<string, unknown>;
  trans: TranslationBundle;
  close: () => void;
}

/** The end of a good sharing: the link, to copy or to open. */
export function Shared(props: SharedProps): React.JSX.Element {
  const { api, share, previous, failed, trans, close } = props;
  const link = hubUrl(share.url);
  const [copied, setCopied] = React.useState<boolean | null>(null);
  const field = React.useRef<HTMLInputElement>(null);
  React.useEffect(() => field.current?.select(), []);

  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(link);
      setCopied(true);
    } catch {
      // Browsers keep the clipboard from pages that aren't on https: leave it selected instead.
      field.current?.select();
      setCopied(false);
    }
  };

  return (
    <div className="lodge-Form" data-lodge="share-done" data-share-id={share.id}>
      <Notice kind="success">
        {previous?.version === share.version
          ? trans.__('Nothing changed since version %1; this is its link.', share.version)
          : share.version > 1
            ? trans.__('“%1” is shared as version %2.', share.title, share.version)
            : trans.__('“%1” is shared with the team.', share.title)}
      </Notice>
      <div className="lodge-Share-link">
        <input
          ref={field}
          className="lodge-Input"
          readOnly
          value={link}
          aria-label={trans.__('Link to the shared notebook')}
          data-lodge="share-link"
          onFocus={event => event.target.select()}
        />
        <Button onClick={() => void copy()} data-lodge="share-copy">
          {trans.__('Copy link')}
        </Button>
      </div>
      <div className="lodge-Field-hint" aria-live="polite" data-lodge="share-copied">
        {copied === true && trans.__('The link is in the clipboard.')}
        {copied === false && trans.__('The browser keeps the clipboard closed; press Ctrl+C.')}
      </div>
      <WikiStates api={api} share={share} failed={failed} trans={trans} />
      <div className="lodge-Form-buttons">
        <Button onClick={close} data-lodge="share-close">
          {trans.__('Close')}
        </Button>
        <a
          className="jp-Dialog-button jp-mod-styled jp-mod-accept lodge-Button"
          href={link}
          target="_blank"
          rel="noopener noreferrer"
          data-lodge="share-open"
        >
          {trans.__('Open')}
        </a>
      </div>
    </div>
  );
}
