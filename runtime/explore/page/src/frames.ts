// Fields as they are needed: kept, fetched ahead, and aborted when nobody wants them any more.
import { field, type Field, type FieldQuery } from "./api";

const mostBytes = 384 * 1024 * 1024;

const keyOf = (q: FieldQuery) => JSON.stringify(q);

export class Frames {
  private readonly kept = new Map<string, Field>(); // the last used one last
  private bytes = 0;
  private readonly running = new Map<string, { controller: AbortController; promise: Promise<Field> }>();

  /** Returns the field if it is here. */
  known(q: FieldQuery): Field | undefined {
    const key = keyOf(q);
    const field = this.kept.get(key);
    if (field) {
      this.kept.delete(key);
      this.kept.set(key, field);
    }
    return field;
  }

  /** Returns true if the field is here or on its way. */
  comes(q: FieldQuery): boolean {
    const key = keyOf(q);
    return this.kept.has(key) || this.running.has(key);
  }

  /** Says which fields are wanted from now on, the first ones first; requests for others are aborted. */
  want(queries: FieldQuery[]): void {
    const wanted = new Set(queries.map(keyOf));
    for (const [key, { controller }] of this.running)
      if (!wanted.has(key)) {
        this.running.delete(key);
        controller.abort();
      }
    for (const q of queries) if (!this.kept.has(keyOf(q))) void this.get(q).catch(() => undefined);
  }

  get(q: FieldQuery): Promise<Field> {
    const key = keyOf(q);
    const known = this.known(q);
    if (known) return Promise.resolve(known);
    const running = this.running.get(key);
    if (running) return running.promise;
    const controller = new AbortController();
    const promise = field(q, controller.signal).then(
      (result) => {
        if (this.running.get(key)?.controller === controller) this.running.delete(key);
        this.keep(key, result);
        return result;
      },
      (error: unknown) => {
        if (this.running.get(key)?.controller === controller) this.running.delete(key);
        throw error;
      },
    );
    this.running.set(key, { controller, promise });
    return promise;
  }

  /** Forgets everything: a file has changed. */
  clear(): void {
    this.kept.clear();
    this.bytes = 0;
  }

  private keep(key: string, field: Field): void {
    this.kept.set(key, field);
    this.bytes += field.numbers.byteLength;
    for (const [old, value] of this.kept) {
      if (this.bytes <= mostBytes || old === key) break;
      this.kept.delete(old);
      this.bytes -= value.numbers.byteLength;
    }
  }
}
