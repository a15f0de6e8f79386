/** Who looks at the page. Without access keys it is the engineer, on this machine; with them, whoever signs in, or signs. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Caller, Role } from '../aws/caller.ts';
import { identify } from '../aws/identify.ts';
import type { SignatureFault } from '../aws/sigv4.ts';
import type { HttpAnswer, HttpRequest } from '../gateway/http.ts';
import { json } from './json.ts';

export interface KeyRing {
  configured: boolean;
  find(accessKeyId: string): { secret: string; role: Role } | undefined;
}

const cookieName = 'firn_session';
const sessionHours = 12;

export class Sessions {
  readonly #keys: KeyRing;
  readonly #now: () => number;
  readonly #open = new Map<string, { accessKeyId: string; untilMs: number }>();

  constructor(keys: KeyRing, now: () => number) {
    this.#keys = keys;
    this.#now = now;
  }

  /**
   * The most that this request may act as, by its signature (AWS's version 4, as commands send it) or its session;
   * undefined: it must sign in. A revoked key ends its sessions.
   */
  role(request: HttpRequest): Role | undefined {
    if (!this.#keys.configured) return 'engineer';
    const signer = this.#signer(request);
    if (signer !== undefined) return 'kind' in signer ? undefined : signer.role;
    const session = this.#open.get(cookieOf(request) ?? '');
    if (session === undefined || session.untilMs < this.#now()) return undefined;
    return this.#keys.find(session.accessKeyId)?.role;
  }

  /** Why a request has no role. */
  refusal(request: HttpRequest): string {
    const signer = this.#signer(request);
    return signer !== undefined && 'kind' in signer
      ? signer.message
      : 'this lakehouse has access keys: sign in with one';
  }

  describe(request: HttpRequest): { role: Role | undefined; signIn: boolean } {
    return { role: this.role(request), signIn: this.#keys.configured };
  }

  /** Signs in with an access key and its secret. */
  open({ accessKeyId, secretAccessKey }: Record<string, unknown>): HttpAnswer {
    const key = typeof accessKeyId === 'string' ? this.#keys.find(accessKeyId) : undefined;
    const given = typeof secretAccessKey === 'string' ? secretAccessKey : '';
    // A key that is not there takes as long as a wrong secret.
    const same = timingSafeEqual(digest(key?.secret ?? ''), digest(given));
    if (key === undefined || !same) return json(401, { message: 'access key or secret is wrong' });
    const token = randomBytes(32).toString('base64url');
    for (const [other, { untilMs }] of this.#open) if (untilMs < this.#now()) this.#open.delete(other);
    this.#open.set(token, {
      accessKeyId: accessKeyId as string,
      untilMs: this.#now() + sessionHours * 3_600_000,
    });
    return json(200, { role: key.role }, { 'set-cookie': cookie(token, sessionHours * 3600) });
  }

  close(request: HttpRequest): HttpAnswer {
    this.#open.delete(cookieOf(request) ?? '');
    return json(200, {}, { 'set-cookie': cookie('', 0) });
  }

  /** Who signed a request, or what is wrong with its signature; undefined: it carries none. */
  #signer(request: HttpRequest): Caller | SignatureFault | undefined {
    // Another scheme's header may be that of a proxy in front, and no business of ours.
    if (!request.headers.authorization?.startsWith('AWS4-')) return undefined;
    const signed = { ...request, method: request.head ? 'HEAD' : request.method };
    return identify(signed, { keys: this.#keys, now: this.#now });
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function cookie(value: string, seconds: number): string {
  return `${cookieName}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}`;
}

function cookieOf({ headers }: HttpRequest): string | undefined {
  return new RegExp(`(?:^|;\\s*)${cookieName}=([\\w-]+)`).exec(headers.cookie ?? '')?.[1];
}
