/** A view that fails takes itself away, and nothing else: the way to the others stays. */
import { Component, type ComponentChildren } from 'preact';

interface Props {
  /** What is shown: another is tried again. */
  at: string;
  children: ComponentChildren;
}

export class Boundary extends Component<Props, { error: Error | undefined }> {
  static override getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  override componentDidCatch(error: Error): void {
    console.error(error);
  }

  override componentDidUpdate({ at }: Props): void {
    if (at !== this.props.at && this.state.error !== undefined) this.setState({ error: undefined });
  }

  override render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return (
      <section aria-labelledby="failed-title">
        <h1 id="failed-title">This view failed</h1>
        <p class="error" role="alert">
          {error.message}
        </p>
        <button type="button" class="primary" onClick={() => location.reload()}>
          Load the page anew
        </button>
      </section>
    );
  }
}
