import type { TranslationBundle } from '@jupyterlab/translation';
import type { LodgeApi, OfferedFile, OfferedFiles } from '@lodge/kit';
import { Button, Field, sentence } from '@lodge/kit';
import React from 'react';

import { added, sizeText, ticked, together } from './offered';

/** A path is the same in every language. */
const EXAMPLE = 'data/flights.csv';

interface FilesChoiceProps {
  api: LodgeApi;
  /** Of the notebook. */
  path: string;
  offered: OfferedFiles;
  onChange: (items: OfferedFile[]) => void;
  trans: TranslationBundle;
}

/** The files that go along with the notebook: those that it names, and others by their path. */
export function FilesChoice(props: FilesChoiceProps): React.JSX.Element {
  const { api, path, offered, onChange, trans } = props;
  const { items, limits } = offered;
  const [name, setName] = React.useState('');
  const [problem, setProblem] = React.useState<string | null>(null);
  const chosen = ticked(items);
  const sum = together(items);

  const tick = (file: OfferedFile, on: boolean): void =>
    onChange(items.map(one => (one === file ? { ...one, ticked: on } : one)));
  const add = async (): Promise<void> => {
    if (!name.trim()) {
      return;
    }
    try {
      onChange(added(items, await api.file(path, name.trim())));
      setName('');
      setProblem(null);
    } catch (error) {
      setProblem(sentence(error));
    }
  };

  return (
    <fieldset className="lodge-Field lodge-Files" data-lodge="share-files">
      <legend className="lodge-Field-label">{trans.__('Files that go along')}</legend>
      <div className="lodge-Field-hint">
        {items.length > 0
          ? trans.__('Whoever may read the notebook may have them; a fork brings them along.')
          : trans.__('The notebook names no file beside it.')}
      </div>
      {items.map(file => (
        <FileRow
          key={file.name}
          file={file}
          version={offered.version}
          most={limits.each}
          onTick={on => tick(file, on)}
          trans={trans}
        />
      ))}
      <Field label={trans.__('Another file, by its path from the notebook')} error={problem}>
        {ids => (
          <div className="lodge-Files-add">
            <input
              {...ids}
              className="lodge-Input"
              data-lodge="share-file-name"
              value={name}
              maxLength={400}
              spellCheck={false}
              placeholder={EXAMPLE}
              onChange={event => setName(event.target.value)}
              onKeyDown={event => {
                if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
                  event.preventDefault();
                  void add();
                }
              }}
            />
            <Button onClick={() => void add()} disabled={!name.trim()} data-lodge="share-file-add">
              {trans.__('Add')}
            </Button>
          </div>
        )}
      </Field>
      {chosen.length > 0 && (
        <div
          className={sum > limits.all ? 'lodge-Field-error' : 'lodge-Field-hint'}
          role={sum > limits.all ? 'alert' : undefined}
          data-lodge="share-files-sum"
        >
          {sum > limits.all
            ? trans.__(
                '%1 together, and %2 are the most; leave some out.',
                sizeText(sum),
                sizeText(limits.all)
              )
            : trans._n('%1 file, %2', '%1 files, %2 together', chosen.length, sizeText(sum))}
        </div>
      )}
      {chosen.length > limits.most && (
        <div className="lodge-Field-error" role="alert">
          {trans.__('%1 files are the most; leave some out.', limits.most)}
        </div>
      )}
    </fieldset>
  );
}

interface FileRowProps {
  file: OfferedFile;
  version: number | null;
  /** Bytes of the largest file that may go along. */
  most: number;
  onTick: (on: boolean) => void;
  trans: TranslationBundle;
}

function FileRow({ file, version, most, onTick, trans }: FileRowProps): React.JSX.Element {
  const gone = file.state === 'gone';
  const states = {
    new: version === null ? '' : trans.__('new'),
    same: trans.__('as in version %1', version ?? ''),
    changed: trans.__('changed since version %1', version ?? ''),
    gone: trans.__('no longer beside the notebook')
  };
  const note = React.useId();
  const warnings = [
    file.danger === 'secret' &&
      trans.__('Its name says that it holds keys or passwords: readers would have them.'),
    file.danger === 'hidden' && trans.__('A hidden file: look at what it holds first.'),
    file.secrets.length > 0 &&
      trans.__('This looks like secrets: %1. Readers would have them.', file.secrets.join(', ')),
    file.size > most && trans.__('Larger than %1, the most of a file.', sizeText(most))
  ].filter(Boolean);
  return (
    <div className="lodge-Files-row" data-lodge="share-file" data-state={file.state}>
      <label className="lodge-Files-choice">
        <input
          type="checkbox"
          checked={file.ticked && !gone}
          disabled={gone}
          aria-describedby={warnings.length ? note : undefined}
          onChange={event => onTick(event.target.checked)}
        />
        <span className="lodge-Files-name">{file.name}</span>
        <span className="lodge-Field-hint">
          {[gone ? '' : sizeText(file.size), states[file.state]].filter(Boolean).join(', ')}
        </span>
      </label>
      {warnings.length > 0 && (
        <div className="lodge-Field-error lodge-Files-danger" id={note} data-lodge="share-danger">
          {warnings.join(' ')}
        </div>
      )}
    </div>
  );
}
