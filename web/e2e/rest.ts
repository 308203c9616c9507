// SPDX-License-Identifier: Apache-2.0

/** The gateway's REST API, as a client of another make uses it: for what a spec needs before it begins. */

import { admin, gateway, setupLink } from './world';

export class Rest {
  readonly token: string;

  private constructor(token: string) {
    this.token = token;
  }

  /** Creates the first administrator and logs in as such. */
  static async firstAdministrator(): Promise<Rest> {
    const token = new URLSearchParams(new URL(setupLink).hash.split('?')[1]).get('token');
    const made = await fetch(new URL('api/palta/setup', gateway), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ token, ...admin }),
    });
    if (made.status !== 204) throw new Error(`first start: ${made.status} ${await made.text()}`);
    const login = await fetch(new URL('api/tokens', gateway), { method: 'POST', body: new URLSearchParams(admin) });
    const answer = (await login.json()) as { authToken: string; dataSource: string };
    if (answer.dataSource !== 'sqlite') throw new Error(`logged in by ${answer.dataSource}, want sqlite`);
    return new Rest(answer.authToken);
  }

  async request(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { 'Content-Type': 'application/json', 'Guacamole-Token': this.token, ...init.headers };
    const response = await fetch(new URL(`api/${path}`, gateway), { ...init, headers });
    if (!response.ok) throw new Error(`${init.method ?? 'GET'} ${path}: ${response.status} ${await response.text()}`);
    return response;
  }

  /** Creates an object of a kind and returns its identifier. */
  async create(kind: string, object: Record<string, unknown>): Promise<string> {
    const created = await this.request(`session/data/sqlite/${kind}`, { method: 'POST', body: JSON.stringify(object) });
    return ((await created.json()) as { identifier: string }).identifier;
  }

  connection(name: string, protocol: string, parameters: Record<string, string>): Promise<string> {
    return this.create('connections', { name, protocol, parentIdentifier: 'ROOT', parameters, attributes: {} });
  }
}
