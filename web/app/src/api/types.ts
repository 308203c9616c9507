// SPDX-License-Identifier: Apache-2.0

/** Objects of the REST API, named and spelled as on the wire. */

export type AuthenticationResult = {
  authToken: string;
  username: string;
  dataSource: string;
  availableDataSources: string[];
};

export type TranslatableMessage = {
  key: string;
  variables?: Record<string, string> | null;
};

export type ConditionalLabel = {
  field: string;
  equals?: string;
  notEquals?: string;
  labelKey: string;
};

export type Field = {
  name: string;
  type: string;
  options?: string[];
  conditionalLabel?: ConditionalLabel;
  /** REDIRECT only. */
  redirectUrl?: string;
  translatableMessage?: TranslatableMessage;
  /** GUAC_TOTP_CODE of a user who has to enrol. */
  qrCode?: string;
  secret?: string;
};

export type Form = {
  name: string;
  fields: Field[];
};

export type Protocol = {
  name: string;
  connectionForms: Form[];
  sharingProfileForms: Form[];
};

/** Values of attributes and parameters are strings whatever they mean; null is unset. */
export type Values = Record<string, string | null | undefined>;

export type SharingProfile = {
  identifier?: string;
  name: string;
  primaryConnectionIdentifier: string;
  attributes: Values;
  parameters?: Values;
};

export type Connection = {
  identifier?: string;
  name: string;
  parentIdentifier?: string;
  protocol: string;
  attributes: Values;
  parameters?: Values;
  activeConnections?: number;
  lastActive?: number;
  sharingProfiles?: SharingProfile[];
};

export type GroupType = 'ORGANIZATIONAL' | 'BALANCING';

export type ConnectionGroup = {
  identifier?: string;
  name: string;
  parentIdentifier?: string;
  type: GroupType;
  attributes: Values;
  activeConnections?: number;
  childConnections?: Connection[];
  childConnectionGroups?: ConnectionGroup[];
};

export type User = {
  username: string;
  password?: string;
  disabled?: boolean;
  lastActive?: number;
  attributes: Values;
};

export type UserGroup = {
  identifier: string;
  disabled?: boolean;
  attributes: Values;
};

export type ActiveConnection = {
  identifier: string;
  connectionIdentifier: string | null;
  startDate: number | null;
  remoteHost: string | null;
  username: string | null;
  connectable: boolean;
};

export type HistoryRecord = {
  identifier: string | null;
  uuid: string | null;
  startDate: number;
  endDate: number | null;
  remoteHost: string | null;
  username: string | null;
  connectionIdentifier: string | null;
  connectionName: string | null;
  sharingProfileName: string | null;
};

export type ObjectPermission = 'READ' | 'UPDATE' | 'DELETE' | 'ADMINISTER';

export const systemPermissions = [
  'ADMINISTER',
  'AUDIT',
  'CREATE_USER',
  'CREATE_USER_GROUP',
  'CREATE_CONNECTION',
  'CREATE_CONNECTION_GROUP',
  'CREATE_SHARING_PROFILE',
] as const;

export type SystemPermission = (typeof systemPermissions)[number];

export type ObjectPermissions = Record<string, ObjectPermission[]>;

export type PermissionSet = {
  connectionPermissions: ObjectPermissions;
  connectionGroupPermissions: ObjectPermissions;
  sharingProfilePermissions: ObjectPermissions;
  activeConnectionPermissions: ObjectPermissions;
  userPermissions: ObjectPermissions;
  userGroupPermissions: ObjectPermissions;
  systemPermissions: SystemPermission[];
};

export type PermissionPatch = {
  op: 'add' | 'remove';
  path: string;
  value: string;
};

export type UserCredentials = {
  expected: Field[];
  values: Record<string, string>;
};

export type ErrorType =
  | 'BAD_REQUEST'
  | 'INVALID_CREDENTIALS'
  | 'INSUFFICIENT_CREDENTIALS'
  | 'INTERNAL_ERROR'
  | 'NOT_FOUND'
  | 'PERMISSION_DENIED'
  | 'STREAM_ERROR';

export type ErrorBody = {
  message: string | null;
  translatableMessage: TranslatableMessage | null;
  statusCode: number | null;
  expected: Field[] | null;
  type: ErrorType;
};
