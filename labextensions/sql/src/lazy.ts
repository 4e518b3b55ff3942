import type {
  CompletionHandler,
  ICompletionContext,
  ICompletionProvider
} from '@jupyterlab/completer';
import type { LodgeApi } from '@lodge/kit';

import { parseCell } from './cell';

/** Completion that is loaded with the first `%%sql` cell that asks for it. */
export class LazyCompletion implements ICompletionProvider {
  readonly identifier = 'lodge:sql';
  /** Before the kernel's, which takes the cell for Python. */
  readonly rank = 1100;

  constructor(private readonly api: LodgeApi) {}

  isApplicable(context: ICompletionContext): Promise<boolean> {
    const text = context.editor?.model.sharedModel.getSource() ?? '';
    return Promise.resolve(parseCell(text) !== null);
  }

  async fetch(
    request: CompletionHandler.IRequest,
    context: ICompletionContext
  ): Promise<CompletionHandler.ICompletionItemsReply> {
    const { complete } = await import('./completion');
    return complete(this.api, request, context);
  }
}
