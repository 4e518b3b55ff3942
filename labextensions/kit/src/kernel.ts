/** Questions to a kernel over a Jupyter comm, opened with the first of them. */
import type { Kernel } from '@jupyterlab/services';

type Answer = Record<string, unknown>;

/** A kernel's sentence on what it can't do, or ours when it does not answer. */
export class KernelError extends Error {
  constructor(
    message: string,
    /** Such as `gone`: what was asked about is no longer there. */
    readonly reason: string
  ) {
    super(message);
  }
}

interface Pending {
  resolve: (answer: Answer) => void;
  reject: (error: KernelError) => void;
}

/** What a comm target of Lodge's magics answers: `{request, ...}`, or `{request, error, reason}`. */
export class KernelQuestions {
  private comm: Kernel.IComm | null = null;
  private readonly pending = new Map<number, Pending>();
  private asked = 0;

  constructor(
    private readonly target: string,
    private readonly kernel: () => Kernel.IKernelConnection | null,
    private readonly words: { noKernel: string; noAnswer: string }
  ) {}

  ask(question: Record<string, unknown>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const comm = this.open();
      if (!comm) {
        reject(new KernelError(this.words.noKernel, 'gone'));
        return;
      }
      const request = ++this.asked;
      this.pending.set(request, { resolve, reject });
      comm.send({ ...(question as object), request });
    });
  }

  dispose(): void {
    const comm = this.comm;
    this.drop();
    if (comm && !comm.isDisposed) {
      comm.close();
    }
  }

  private open(): Kernel.IComm | null {
    if (this.comm && !this.comm.isDisposed) {
      return this.comm;
    }
    const kernel = this.kernel();
    if (!kernel || kernel.status === 'dead' || kernel.isDisposed) {
      return null;
    }
    const comm = kernel.createComm(this.target);
    comm.onMsg = message => this.answered(message.content.data as Answer);
    // A kernel that does not know the target closes at once.
    comm.onClose = () => this.drop();
    comm.open({});
    this.comm = comm;
    return comm;
  }

  private answered(data: Answer): void {
    const waiting = this.pending.get(Number(data.request));
    this.pending.delete(Number(data.request));
    if (typeof data.error === 'string') {
      waiting?.reject(new KernelError(data.error, String(data.reason ?? 'refused')));
    } else {
      waiting?.resolve(data);
    }
  }

  private drop(): void {
    this.comm = null;
    const waiting = [...this.pending.values()];
    this.pending.clear();
    for (const one of waiting) {
      one.reject(new KernelError(this.words.noAnswer, 'gone'));
    }
  }
}
