// SPDX-License-Identifier: Apache-2.0

/** Which fields of a schema stand first, and which wait in collapsed sections. */

import type { Field, Form, Values } from '../api/types';

/** What nearly every connection of a protocol needs. */
const important: Record<string, string[]> = {
  ssh: ['hostname', 'port', 'username', 'password'],
  vnc: ['hostname', 'port', 'username', 'password'],
  rdp: ['hostname', 'port', 'username', 'password', 'domain'],
  telnet: ['hostname', 'port', 'username', 'password'],
  kubernetes: ['hostname', 'port', 'namespace', 'pod', 'container'],
};

const usual = ['hostname', 'port', 'username', 'password'];

const defaultPorts: Record<string, string> = { ssh: '22', vnc: '5900', rdp: '3389', telnet: '23', kubernetes: '8080' };

export function defaultPort(protocol: string): string | undefined {
  return defaultPorts[protocol];
}

/** Splits the forms of a protocol into the fields that stand first and the remaining sections. */
export function splitForms(protocol: string, forms: Form[]): { first: Field[]; sections: Form[] } {
  const names = important[protocol] ?? usual;
  const all = new Map(forms.flatMap((form) => form.fields.map((field) => [field.name, field] as const)));
  const first = names.flatMap((name) => all.get(name) ?? []);
  const sections = forms
    .map((form) => ({ ...form, fields: form.fields.filter((field) => !names.includes(field.name)) }))
    .filter((form) => form.fields.length > 0);
  return { first, sections };
}

/** How many fields of a section have a value. */
export function countSet(form: Form, values: Values): number {
  return form.fields.filter((field) => (values[field.name] ?? '') !== '').length;
}

/**
 * The parameters to store: unset ones are left out, those without a field are kept (ADM-21),
 * and those of another protocol go when the protocol has changed.
 */
export function storedParameters(values: Values, forms: Form[], protocolChanged: boolean): Values {
  const known = new Set(forms.flatMap((form) => form.fields.map((field) => field.name)));
  return Object.fromEntries(
    Object.entries(values).filter(([name, value]) => (value ?? '') !== '' && (!protocolChanged || known.has(name))),
  );
}

/** Attributes to store: what is empty becomes null, which unsets it. */
export function storedAttributes(values: Values): Values {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value === '' ? null : value]));
}
