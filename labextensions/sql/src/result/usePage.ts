import { sentence } from '@lodge/kit';
import React from 'react';

import type { Order, Page, ResultBundle } from './bundle';
import { isWhole, pageOf } from './bundle';
import type { KernelResult } from './kernel';

/** Milliseconds after the last key until a search begins. */
const TYPING = 250;

export interface View extends Page {
  busy: boolean;
  /** Why there are no more rows than those in the notebook. */
  trouble: string | null;
  /** Whether there is more than can be seen, since nobody holds it. */
  cut: boolean;
}

/** The rows of a page: from the notebook when all are there, else from the kernel. */
export function usePage(
  bundle: ResultBundle,
  kernel: KernelResult | null,
  order: Order,
  offset: number,
  limit: number
): View {
  const { sort, descending, search } = order;
  const here = isWhole(bundle);
  const asIs = sort === null && !search && offset + limit <= bundle.rows.length;
  const [told, setTold] = React.useState<{ page: Page | null; trouble: string | null }>({
    page: null,
    trouble: null
  });
  const [busy, setBusy] = React.useState(false);
  const remote = !here && kernel !== null && !asIs;
  React.useEffect(() => {
    if (!remote || !kernel) {
      setTold({ page: null, trouble: null });
      setBusy(false);
      return;
    }
    let current = true;
    setBusy(true);
    const timer = setTimeout(
      () => {
        kernel
          .page({ sort, descending, search, offset, limit })
          .then(page => current && setTold({ page, trouble: null }))
          .catch((error: unknown) => {
            if (current) {
              setTold({ page: null, trouble: sentence(error) });
            }
          })
          .finally(() => current && setBusy(false));
      },
      search ? TYPING : 0
    );
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [remote, kernel, sort, descending, search, offset, limit]);
  if (remote && told.page) {
    return { ...told.page, busy, trouble: null, cut: false };
  }
  const all = bundle.total ?? bundle.rows.length;
  if (remote || asIs) {
    // Until the kernel has answered, and when it can't: the first rows.
    const rows = bundle.rows.slice(0, limit);
    const first = asIs ? bundle.rows.slice(offset, offset + limit) : rows;
    return { rows: first, found: all, busy, trouble: told.trouble, cut: false };
  }
  return {
    ...pageOf(bundle, { sort, descending, search, offset, limit }),
    busy: false,
    trouble: null,
    cut: !here
  };
}
