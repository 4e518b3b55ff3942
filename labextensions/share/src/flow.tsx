import type { TranslationBundle } from '@jupyterlab/translation';
import type {
  LodgeApi,
  NotebookChanges,
  NotebookCheck,
  OfferedFiles,
  Share,
  ShareRef,
  Wiki
} from '@lodge/kit';
import { ApiError, Button, Field, Notice, sentence } from '@lodge/kit';
import React from 'react';

import { CellsNotice } from './cellsNotice';
import { sinceThen } from './changes';
import { FilesChoice } from './files';
import { differing, leftOut, ticked, tooLarge } from './offered';
import { ReadersChoice, namesOf, readersOf } from './readers';
import { SecretsNotice } from './secretsNotice';
import { Shared } from './shared';
import { TagsInput } from './tags';
import { WikiChoice, within } from './wikis';

interface ShareFlowProps {
  api: LodgeApi;
  trans: TranslationBundle;
  path: string;
  title: string;
  shared: ShareRef | null;
  /** Of what Lodge itself says on a wiki's page. */
  language: 'en' | 'zh';
  /** With the files that were offered and are not to go along. */
  onShared: (share: Share, leftOut: string[]) => void;
  /** Empty the outputs of a cell, and save. */
  onClear: (cell: number) => Promise<void>;
  close: () => void;
}

/** The form, then how the sharing ended. */
export function ShareFlow(props: ShareFlowProps): React.JSX.Element {
  const { api, trans, path, shared, onShared, close } = props;
  const [title, setTitle] = React.useState(props.title);
  const [description, setDescription] = React.useState('');
  const [tags, setTags] = React.useState<string[]>([]);
  const [previous, setPrevious] = React.useState<Share | null>(null);
  const [changes, setChanges] = React.useState<NotebookChanges | null>(null);
  const [check, setCheck] = React.useState<NotebookCheck | null>(null);
  const [busy, setBusy] = React.useState(false);
  const [error, setError] = React.useState<string | null>(null);
  const [done, setDone] = React.useState<Share | null>(null);
  const [wikis, setWikis] = React.useState<Wiki[]>([]);
  const [published, setPublished] = React.useState<string[]>([]);
  const [chosen, setChosen] = React.useState<ReadonlyMap<string, string>>(new Map());
  const [failed, setFailed] = React.useState<ReadonlyMap<string, unknown>>(new Map());
  const [everyone, setEveryone] = React.useState(true);
  const [readers, setReaders] = React.useState('');
  const [files, setFiles] = React.useState<OfferedFiles | null>(null);
  const [looking, setLooking] = React.useState(true);
  const edited = React.useRef(false);
  const named = React.useRef(false);

  React.useEffect(() => {
    let closed = false;
    api.check(path).then(
      found => !closed && setCheck(found),
      () => undefined // The warning is a help; without it sharing still works.
    );
    api.wikis().then(
      found => !closed && setWikis(found),
      () => undefined // Sharing to the gallery works without.
    );
    api.files(path).then(
      found => {
        if (!closed) {
          setFiles(found);
          setLooking(false);
        }
      },
      // Sharing works without; a new version keeps the files of the one before.
      () => !closed && setLooking(false)
    );
    if (shared) {
      api.publications(shared.id).then(
        found => !closed && setPublished(found.map(page => page.wiki)),
        () => undefined
      );
      api.changes(path).then(
        found => !closed && setChanges(found),
        () => undefined // Too unlike to be compared, or no share any more.
      );
      api.getShare(shared.id).then(
        found => {
          if (closed) {
            return;
          }
          setPrevious(found);
          if (!edited.current) {
            setTitle(found.title);
            setDescription(found.description);
            setTags(found.tags);
          }
          if (!named.current && found.readers) {
            setEveryone(found.readers.everyone);
            setReaders(namesOf(found.readers));
          }
        },
        () => undefined // Deleted, or somebody else's: this makes a share of its own.
      );
    }
    return () => {
      closed = true;
    };
  }, [api, path, shared]);

  const edit = <T,>(set: (value: T) => void): ((value: T) => void) => {
    return value => {
      edited.current = true;
      set(value);
    };
  };

  /** Ask for the share's pages; returns those that can't be had. */
  const publish = async (share: Share): Promise<ReadonlyMap<string, unknown>> => {
    const problems = new Map<string, unknown>();
    for (const [wiki, parent] of chosen) {
      try {
        const above = wikis.find(one => one.name === wiki)?.parent ?? '';
        await api.publish(share.id, wiki, within(parent, above), props.language);
      } catch (problem) {
        problems.set(wiki, problem);
      }
    }
    return problems;
  };

  const submit = async (event: React.FormEvent): Promise<void> => {
    event.preventDefault();
    if (busy || !title.trim()) {
      return;
    }
    setBusy(true);
    setError(null);
    try {
      const share = await api.share({
        path,
        title: title.trim(),
        description: description.trim(),
        tags,
        ...(named.current && { readers: readersOf(everyone, readers) }),
        ...(files && { files: ticked(files.items).map(one => one.name) })
      });
      setFailed(await publish(share));
      setDone(share);
      onShared(share, leftOut(files?.items ?? []));
    } catch (problem) {
      setError(
        problem instanceof ApiError && problem.status === 0
          ? problem.message
          : trans.__('The notebook was not shared: %1', sentence(problem))
      );
    } finally {
      setBusy(false);
    }
  };

  if (done) {
    return (
      <Shared
        api={api}
        share={done}
        previous={previous}
        failed={failed}
        trans={trans}
        close={close}
      />
    );
  }
  return (
    <form onSubmit={event => void submit(event)} data-lodge="share-form" aria-busy={busy}>
      {previous && (
        <Notice kind="info" name="share-version">
          {trans.__(
            'Already shared as version %1; sharing again makes version %2 of the same page.',
            previous.version,
            previous.version + 1
          )}{' '}
          {changes?.version === previous.version &&
            sinceThen(changes, files ? differing(files) : [], trans)}
        </Notice>
      )}
      <Field label={trans.__('Title')} error={title.trim() ? null : trans.__('Give it a title.')}>
        {ids => (
          <input
            {...ids}
            className="lodge-Input"
            data-lodge="share-title"
            value={title}
            maxLength={200}
            onChange={event => edit(setTitle)(event.target.value)}
          />
        )}
      </Field>
      <Field
        label={trans.__('Description')}
        hint={trans.__('What it shows and for whom, in a sentence or two.')}
      >
        {ids => (
          <textarea
            {...ids}
            className="lodge-Input"
            data-lodge="share-description"
            value={description}
            maxLength={4000}
            onChange={event => edit(setDescription)(event.target.value)}
          />
        )}
      </Field>
      <Field label={trans.__('Tags')} hint={trans.__('Enter or a comma ends a tag.')}>
        {ids => <TagsInput {...ids} tags={tags} onChange={edit(setTags)} trans={trans} />}
      </Field>
      <ReadersChoice
        everyone={everyone}
        names={readers}
        onChange={(all, names) => {
          named.current = true;
          setEveryone(all);
          setReaders(names);
        }}
        trans={trans}
      />
      {files && (files.limits.all > 0 || files.items.length > 0) && (
        <FilesChoice
          api={api}
          path={path}
          offered={files}
          onChange={items => setFiles({ ...files, items })}
          trans={trans}
        />
      )}
      <WikiChoice
        api={api}
        wikis={wikis}
        chosen={chosen}
        published={previous ? published : []}
        onChange={setChosen}
        trans={trans}
      />
      {check && <CellsNotice check={check} trans={trans} />}
      {check && (
        <SecretsNotice
          secrets={check.secrets}
          onClear={async cell => {
            await props.onClear(cell);
            setCheck(await api.check(path));
          }}
          trans={trans}
        />
      )}
      {error && (
        <Notice kind="error" name="share-error">
          {error}
        </Notice>
      )}
      <div className="lodge-Form-buttons">
        <Button onClick={close} data-lodge="share-cancel">
          {trans.__('Cancel')}
        </Button>
        <Button
          type="submit"
          kind="accept"
          busy={busy}
          disabled={!title.trim() || looking || (files !== null && tooLarge(files))}
          data-lodge="share-submit"
        >
          {busy
            ? trans.__('Sharing…')
            : error
              ? trans.__('Try again')
              : previous
                ? trans.__('Update')
                : trans.__('Share')}
        </Button>
      </div>
    </form>
  );
}
