// SPDX-License-Identifier: Apache-2.0

/**
 * The REST API as a typed client, free of DOM and of application state.
 *
 * Every address is relative to the page, so any context path works. The token travels in
 * the header Guacamole-Token, never in a query, except where the browser itself opens the
 * address (downloads, tunnels).
 */

import type {
  ActiveConnection,
  AuthenticationResult,
  Connection,
  ConnectionGroup,
  ErrorBody,
  ErrorType,
  Field,
  Form,
  HistoryRecord,
  PermissionPatch,
  PermissionSet,
  Protocol,
  SharingProfile,
  TranslatableMessage,
  User,
  UserCredentials,
  UserGroup,
  Values,
} from './types';

/** A refused or failed request. A request that never got an answer has status 0. */
export class ApiError extends Error {
  readonly status: number;
  readonly type: ErrorType;
  readonly translatable: TranslatableMessage | null;
  readonly expected: Field[] | null;

  constructor(status: number, body: Partial<ErrorBody>) {
    super(body.message ?? `request failed with status ${status}`);
    this.name = 'ApiError';
    this.status = status;
    this.type = body.type ?? 'INTERNAL_ERROR';
    this.translatable = body.translatableMessage ?? null;
    this.expected = body.expected ?? null;
  }
}

export type ApiConfig = {
  /** Where the page lives, with a trailing slash. */
  base: string;
  token: () => string | null;
  fetch?: typeof fetch;
  /** Called when the server no longer knows the token that a request carried. */
  onUnauthorized?: (token: string) => void;
};

type Query = Record<string, string | string[] | undefined>;

type RequestOptions = {
  query?: Query;
  json?: unknown;
  form?: Record<string, string>;
};

export class Api {
  private readonly config: ApiConfig;

  constructor(config: ApiConfig) {
    this.config = config;
  }

  /** The absolute address of a path below the page, without a token. */
  address(path: string, query: Query = {}): string {
    const url = new URL(path, this.config.base);
    for (const [name, value] of Object.entries(query)) {
      for (const item of Array.isArray(value) ? value : [value]) {
        if (item !== undefined) url.searchParams.append(name, item);
      }
    }
    return url.href;
  }

  async request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    const token = this.config.token();
    const headers: Record<string, string> = { Accept: 'application/json' };
    if (token) headers['Guacamole-Token'] = token;
    let body: string | undefined;
    if (options.json !== undefined) {
      headers['Content-Type'] = 'application/json';
      body = JSON.stringify(options.json);
    } else if (options.form) {
      headers['Content-Type'] = 'application/x-www-form-urlencoded';
      body = new URLSearchParams(options.form).toString();
    }
    const send = this.config.fetch ?? fetch;
    let response: Response;
    try {
      response = await send(this.address(`api/${path}`, options.query), { method, headers, body, cache: 'no-store' });
    } catch (cause) {
      throw new ApiError(0, { message: String(cause) });
    }
    if (!response.ok) throw await this.failure(response, token);
    if (response.status === 204) return undefined as T;
    const text = await response.text();
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  private async failure(response: Response, token: string | null): Promise<ApiError> {
    let body: Partial<ErrorBody> = {};
    try {
      body = (await response.json()) as Partial<ErrorBody>;
    } catch {
      // Answers of a proxy in between carry no error object.
    }
    const error = new ApiError(response.status, body);
    // The server says the same for an unknown token and for a forbidden object; only the
    // capital of the message tells them apart, so the session itself has to be asked.
    if (token && response.status === 403 && error.type === 'PERMISSION_DENIED') {
      if (!(await this.isValid(token))) this.config.onUnauthorized?.(token);
    }
    return error;
  }

  /** Whether the server knows the token. Does not count as activity of the session. */
  async isValid(token: string): Promise<boolean> {
    const send = this.config.fetch ?? fetch;
    try {
      const response = await send(this.address('api/session'), {
        method: 'HEAD',
        headers: { 'Guacamole-Token': token },
        cache: 'no-store',
      });
      return response.status !== 403;
    } catch {
      // An unreachable gateway says nothing about the token.
      return true;
    }
  }

  login(parameters: Record<string, string>): Promise<AuthenticationResult> {
    return this.request('POST', 'tokens', { form: parameters });
  }

  logout(): Promise<void> {
    return this.request('DELETE', 'session');
  }

  /** The names of the languages on offer, by key. */
  languages(): Promise<Record<string, string>> {
    return this.request('GET', 'languages');
  }

  /** What extensions say in a language. */
  async texts(language: string): Promise<object> {
    const send = this.config.fetch ?? fetch;
    const response = await send(this.address(`translations/${segment(language)}.json`));
    if (!response.ok) throw new ApiError(response.status, {});
    return (await response.json()) as object;
  }

  /** The HTML patches of extensions. */
  patches(): Promise<string[]> {
    return this.request('GET', 'patches');
  }

  setupRequired(): Promise<{ required: boolean }> {
    return this.request('GET', 'palta/setup');
  }

  setup(token: string, username: string, password: string): Promise<void> {
    return this.request('POST', 'palta/setup', { json: { token, username, password } });
  }

  data(source: string): DataSource {
    return new DataSource(this, source);
  }

  /** The active connection behind a tunnel of this session. */
  tunnelSharingProfiles(tunnel: string): Promise<Record<string, SharingProfile>> {
    return this.request('GET', `session/tunnels/${segment(tunnel)}/activeConnection/connection/sharingProfiles`);
  }

  tunnelSharingCredentials(tunnel: string, profile: string): Promise<UserCredentials> {
    return this.request(
      'GET',
      `session/tunnels/${segment(tunnel)}/activeConnection/sharingCredentials/${segment(profile)}`,
    );
  }

  /** The address of a stream of a tunnel, for the browser to open or to post to. */
  streamAddress(tunnel: string, index: number, filename: string, type?: string): string {
    // A slash of the remote name would become a path separator even when encoded.
    const name = segment(filename.replaceAll('/', '_')) || 'download';
    return this.address(`api/session/tunnels/${segment(tunnel)}/streams/${index}/${name}`, {
      token: this.config.token() ?? undefined,
      type,
    });
  }
}

/** One directory of a data source: the same five calls for every kind of object. */
export class Directory<T> {
  private readonly api: Api;
  private readonly path: string;

  constructor(api: Api, path: string) {
    this.api = api;
    this.path = path;
  }

  list(permission?: string[]): Promise<Record<string, T>> {
    return this.api.request('GET', this.path, { query: { permission } });
  }

  get(id: string): Promise<T> {
    return this.api.request('GET', this.item(id));
  }

  create(value: T): Promise<T> {
    return this.api.request('POST', this.path, { json: value });
  }

  update(id: string, value: T): Promise<void> {
    return this.api.request('PUT', this.item(id), { json: value });
  }

  remove(id: string): Promise<void> {
    return this.api.request('DELETE', this.item(id));
  }

  parameters(id: string): Promise<Values> {
    return this.api.request('GET', `${this.item(id)}/parameters`);
  }

  permissions(id: string): Promise<PermissionSet> {
    return this.api.request('GET', `${this.item(id)}/permissions`);
  }

  changePermissions(id: string, patches: PermissionPatch[]): Promise<void> {
    return this.api.request('PATCH', `${this.item(id)}/permissions`, { json: patches });
  }

  members(id: string, kind: 'userGroups' | 'memberUsers' | 'memberUserGroups'): Promise<string[]> {
    return this.api.request('GET', `${this.item(id)}/${kind}`);
  }

  changeMembers(
    id: string,
    kind: 'userGroups' | 'memberUsers' | 'memberUserGroups',
    patches: PermissionPatch[],
  ): Promise<void> {
    return this.api.request('PATCH', `${this.item(id)}/${kind}`, { json: patches });
  }

  private item(id: string): string {
    return `${this.path}/${segment(id)}`;
  }
}

export type SchemaKind =
  | 'userAttributes'
  | 'userPreferenceAttributes'
  | 'userGroupAttributes'
  | 'connectionAttributes'
  | 'connectionGroupAttributes'
  | 'sharingProfileAttributes';

/** What one authentication provider contributes to the session. */
export class DataSource {
  readonly identifier: string;
  readonly users: Directory<User>;
  readonly userGroups: Directory<UserGroup>;
  readonly connections: Directory<Connection>;
  readonly connectionGroups: Directory<ConnectionGroup>;
  readonly sharingProfiles: Directory<SharingProfile>;
  readonly activeConnections: Directory<ActiveConnection>;
  private readonly api: Api;
  private readonly root: string;

  constructor(api: Api, identifier: string) {
    this.api = api;
    this.identifier = identifier;
    this.root = `session/data/${segment(identifier)}`;
    this.users = new Directory(api, `${this.root}/users`);
    this.userGroups = new Directory(api, `${this.root}/userGroups`);
    this.connections = new Directory(api, `${this.root}/connections`);
    this.connectionGroups = new Directory(api, `${this.root}/connectionGroups`);
    this.sharingProfiles = new Directory(api, `${this.root}/sharingProfiles`);
    this.activeConnections = new Directory(api, `${this.root}/activeConnections`);
  }

  tree(permission?: string[]): Promise<ConnectionGroup> {
    return this.api.request('GET', `${this.root}/connectionGroups/ROOT/tree`, { query: { permission } });
  }

  self(): Promise<User> {
    return this.api.request('GET', `${this.root}/self`);
  }

  updateSelf(user: User): Promise<void> {
    return this.api.request('PUT', `${this.root}/self`, { json: user });
  }

  effectivePermissions(): Promise<PermissionSet> {
    return this.api.request('GET', `${this.root}/self/effectivePermissions`);
  }

  changeOwnPassword(oldPassword: string, newPassword: string): Promise<void> {
    return this.api.request('PUT', `${this.root}/self/password`, { json: { oldPassword, newPassword } });
  }

  schema(kind: SchemaKind): Promise<Form[]> {
    return this.api.request('GET', `${this.root}/schema/${kind}`);
  }

  protocols(): Promise<Record<string, Protocol>> {
    return this.api.request('GET', `${this.root}/schema/protocols`);
  }

  connectionHistory(contains: string[], order: string): Promise<HistoryRecord[]> {
    return this.api.request('GET', `${this.root}/history/connections`, { query: { contains, order } });
  }

  historyOf(connection: string): Promise<HistoryRecord[]> {
    return this.api.request('GET', `${this.root}/connections/${segment(connection)}/history`);
  }

  /** The connection that a running session belongs to. */
  connectionOfActive(active: string): Promise<Connection> {
    return this.api.request('GET', `${this.root}/activeConnections/${segment(active)}/connection`);
  }

  /** Ends sessions in one request, which succeeds also for those that ended by themselves. */
  kill(identifiers: string[]): Promise<void> {
    const patches = identifiers.map((identifier) => ({ op: 'remove', path: `/${identifier}` }));
    return this.api.request('PATCH', `${this.root}/activeConnections`, { json: patches });
  }
}

function segment(value: string): string {
  return encodeURIComponent(value);
}
