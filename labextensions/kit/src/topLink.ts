import { Poll } from '@lumino/polling';
import { Widget } from '@lumino/widgets';

/** How often the server is asked while somebody looks: milliseconds. */
const INTERVAL = 60_000;

export interface TopLinkOptions {
  /** Of the widget, and of what asks; unique. */
  id: string;
  /** The page it leads to, where what is new is seen. */
  href: string;
  /** Among what stands in the top bar. */
  rank: number;
  /** Asks for what is new: what the link says and what its hint does; null where there is nothing. */
  ask: () => Promise<{ said: string; hint: string } | null>;
}

/** A link in the top bar to what is new for the user: nothing while there is nothing. */
export function addTopLink(
  shell: { add(widget: Widget, area: string, options: { rank: number }): unknown },
  { id, href, rank, ask }: TopLinkOptions
): void {
  const link = document.createElement('a');
  link.href = href;
  link.target = '_blank';
  link.rel = 'noopener';
  const widget = new Widget();
  widget.id = id;
  widget.addClass('lodge-TopLink');
  widget.node.append(link);
  widget.hide();
  shell.add(widget, 'top', { rank });

  const poll = new Poll({
    name: `@lodge/kit:${id}`,
    standby: 'when-hidden',
    frequency: { interval: INTERVAL, backoff: true, max: 10 * INTERVAL },
    factory: async () => {
      const found = await ask();
      link.textContent = found?.said ?? '';
      link.title = found?.hint ?? '';
      widget.setHidden(found === null);
    }
  });
  // Whoever comes back from the page has seen what is new.
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
