// SPDX-License-Identifier: Apache-2.0

/**
 * Labels of schema fields. Translations come first, by upstream's keys; without one the name
 * itself is made readable, so that new parameters never need a new client.
 */

import type { Field, Values } from '../api/types';
import { type Catalogue, canonical } from './catalogue';
import { humanize } from './humanize';

/** Labels of every protocol, for fields that mean the same in all of them. */
const shared = 'PROTOCOL';

export function fieldLabel(catalogue: Catalogue, namespace: string, field: Field, values: Values = {}): string {
  const condition = field.conditionalLabel;
  if (condition) {
    const value = values[condition.field] ?? '';
    const met = condition.equals !== undefined ? value === condition.equals : value !== condition.notEquals;
    const key = `${namespace}.${condition.labelKey}`;
    if (met && catalogue.has(key)) return catalogue.text(key);
  }
  const suffix = `FIELD_HEADER_${canonical(field.name)}`;
  return translated(catalogue, namespace, suffix) ?? humanize(field.name);
}

export function fieldHint(catalogue: Catalogue, namespace: string, field: Field): string | undefined {
  return translated(catalogue, namespace, `FIELD_HINT_${canonical(field.name)}`);
}

export function optionLabel(catalogue: Catalogue, namespace: string, field: Field, value: string): string {
  const suffix = `FIELD_OPTION_${canonical(field.name)}_${value === '' ? 'EMPTY' : canonical(value)}`;
  return translated(catalogue, namespace, suffix) ?? (value === '' ? catalogue.text('FORM.OPTION_DEFAULT') : value);
}

export function sectionLabel(catalogue: Catalogue, namespace: string, form: string): string {
  return translated(catalogue, namespace, `SECTION_HEADER_${canonical(form)}`) ?? humanize(form);
}

export function protocolName(catalogue: Catalogue, protocol: string): string {
  const key = `PROTOCOL_${canonical(protocol)}.NAME`;
  return catalogue.has(key) ? catalogue.text(key) : protocol;
}

function translated(catalogue: Catalogue, namespace: string, suffix: string): string | undefined {
  const candidates = namespace.startsWith(`${shared}_`) ? [namespace, shared] : [namespace];
  const found = candidates.map((candidate) => `${candidate}.${suffix}`).find((key) => catalogue.has(key));
  return found && catalogue.text(found);
}
