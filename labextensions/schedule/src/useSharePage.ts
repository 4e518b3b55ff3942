import type { Job, LodgeApi, NotebookPage } from '@lodge/kit';
import { sentence } from '@lodge/kit';
import React from 'react';

export interface SharePageState {
  /** Null until it is known, and where nobody can say. */
  page: NotebookPage | null;
  problem: string | null;
  /** The share that runs can be put on; null where the notebook is none. */
  shareId: string | null;
  on: boolean;
  publish: boolean;
  change: (on: boolean, publish: boolean) => void;
}

/** Whether each successful run of a job is put on a share's page, as it is edited. */
export function useSharePage(api: LodgeApi, path: string, job: Job | null): SharePageState {
  const [page, setPage] = React.useState<NotebookPage | null>(null);
  const [problem, setProblem] = React.useState<string | null>(null);
  const [on, setOn] = React.useState(Boolean(job?.share_id));
  const [publish, setPublish] = React.useState(job?.publish ?? false);

  React.useEffect(() => {
    let closed = false;
    api.page(path).then(
      found => !closed && setPage(found),
      (error: unknown) => !closed && setProblem(sentence(error))
    );
    return () => {
      closed = true;
    };
  }, [api, path]);

  return {
    page,
    problem,
    // A job stays with its page, also where its notebook is another one by now.
    shareId: job?.share_id ?? page?.share?.id ?? null,
    on,
    publish,
    change: (nextOn, nextPublish) => {
      setOn(nextOn);
      setPublish(nextOn && nextPublish);
    }
  };
}
