// SPDX-License-Identifier: Apache-2.0

/** The English catalogue. Keys follow upstream's where the text has the same job. */

import type { Translations } from './catalogue';

export const en: Translations = {
  NAME: 'English',

  APP: {
    NAME: 'Palta',
    VERSION: '',
    ACTION_ACKNOWLEDGE: 'OK',
    ACTION_CANCEL: 'Cancel',
    ACTION_CLOSE: 'Close',
    ACTION_CONTINUE: 'Continue',
    ACTION_DELETE: 'Delete',
    ACTION_DISCARD: 'Discard changes',
    ACTION_DISMISS: 'Dismiss',
    ACTION_LOGIN_AGAIN: 'Log in again',
    ACTION_LOGOUT: 'Log out',
    ACTION_RELOAD: 'Reload',
    ACTION_RETRY: 'Try again',
    ACTION_SAVE: 'Save',
    DIALOG_HEADER_ERROR: 'Something went wrong',
    DIALOG_HEADER_UNREACHABLE: 'The gateway does not answer',
    DIALOG_HEADER_UNSAVED: 'Leave without saving?',
    ERROR_PASSWORD_BLANK: 'A password is needed.',
    ERROR_PASSWORD_MISMATCH: 'The passwords are not the same.',
    ERROR_UNREACHABLE: 'The gateway cannot be reached. Check your network, then try again.',
    INFO_LOADING: 'Loading…',
    INFO_LOGGED_OUT: 'You are logged out.',
    TEXT_UNSAVED: 'What you changed on this page is not saved yet, and will be lost.',
  },

  CLIENT_INPUT: {
    METHOD_NONE: 'Keyboard of this device',
    METHOD_TEXT: 'Text field',
    MOUSE_ABSOLUTE: 'Touch screen (absolute)',
    MOUSE_RELATIVE: 'Touch pad (relative)',
  },

  FORM: {
    ACTION_SHOW_PASSWORD: 'Show password',
    HELP_NUMBER: 'A whole number',
    OPTION_DEFAULT: 'Default',
  },

  HOME: {
    ACTION_CLEAR_FILTER: 'Show all',
    ACTION_EDIT: 'Edit {NAME}',
    ACTION_FIRST_CONNECTION: 'Add your first connection',
    ACTION_MORE: 'Show {COUNT} more',
    ACTION_NEW_CONNECTION: 'New connection',
    ACTION_REMOVE_RECENT: 'Remove {NAME} from the recent connections',
    ACTION_TOGGLE_GROUP: 'Connections in {NAME}',
    FIELD_PLACEHOLDER_FILTER: 'Find a connection',
    HEADER_FIRST_CONNECTION: 'Nothing to connect to yet',
    HEADER_NO_CONNECTIONS: 'No connections yet',
    INFO_ACTIVE_USER_COUNT: 'Used by {USERS, plural, one{1 person} other{# people}}',
    INFO_AVAILABLE: '{AVAILABLE} of {TOTAL} free',
    INFO_FIRST_CONNECTION:
      'Tell the gateway about a machine: its address, and how you log in there. It then opens in this window, with nothing to install on either side.',
    INFO_MATCHES: '{COUNT, plural, =0{Nothing found} one{1 connection found} other{# connections found}}',
    INFO_NO_CONNECTIONS: 'Your account has no connections. Ask your administrator to share one with you.',
    INFO_NO_MATCH: 'Nothing matches “{QUERY}”.',
    NAME: 'Connections',
    SECTION_HEADER_ALL_CONNECTIONS: 'All connections',
    SECTION_HEADER_RECENT_CONNECTIONS: 'Recent connections',
  },

  LOGIN: {
    ACTION_CONTINUE: 'Continue',
    ACTION_LOGIN: 'Log in',
    ERROR_INVALID_LOGIN: 'User name or password is wrong.',
    ERROR_LINK_REFUSED: 'The link you followed is no longer valid. You can log in here.',
    ERROR_NOT_ACCESSIBLE: 'Your account may not be used at this time of the day.',
    ERROR_NOT_VALID: 'Your account is not valid at present.',
    ERROR_PASSWORD_BLANK: '@:APP.ERROR_PASSWORD_BLANK',
    ERROR_PASSWORD_MISMATCH: '@:APP.ERROR_PASSWORD_MISMATCH',
    ERROR_PASSWORD_SAME: 'The new password has to differ from the old one.',
    ERROR_TOO_MANY_ATTEMPTS: 'Too many failed logins. Wait some minutes, then try again.',
    FIELD_HEADER_CONFIRM_NEW_PASSWORD: 'Repeat new password',
    FIELD_HEADER_GUAC_TOTP: 'Authentication code',
    FIELD_HEADER_NEW_PASSWORD: 'New password',
    FIELD_HEADER_PASSWORD: 'Password',
    FIELD_HEADER_RADIUSCHALLENGE: 'Answer',
    FIELD_HEADER_USERNAME: 'User name',
    INFO_DUO_REDIRECT_PENDING: 'Continue to Duo',
    INFO_IDP_REDIRECT_PENDING: 'Continue to your identity provider',
    INFO_PASSWORD_EXPIRED: 'Your password has expired. Choose a new one to go on.',
    INFO_REDIRECT_PENDING: 'Continue',
    INFO_SESSION_ENDED: 'Your session has ended. Log in to go on where you were.',
  },

  PASSWORD_POLICY: {
    ERROR_CONTAINS_USERNAME: 'The password must not contain the user name.',
    ERROR_REQUIRES_DIGIT: 'The password needs a digit.',
    ERROR_REQUIRES_MULTIPLE_CASE: 'The password needs upper and lower case letters.',
    ERROR_REQUIRES_NON_ALNUM: 'The password needs a character that is neither letter nor digit.',
    ERROR_REUSED: 'This password was used before. The last {HISTORY_SIZE} cannot be used again.',
    ERROR_TOO_SHORT: 'The password needs at least {LENGTH} characters.',
    ERROR_TOO_YOUNG: 'The password was changed recently. Wait {WAIT, plural, one{1 day} other{# days}}.',
  },

  SETUP: {
    ACTION_CREATE: 'Create administrator',
    ACTION_LOGIN: 'Go to login',
    FIELD_HEADER_PASSWORD: 'Password',
    FIELD_HEADER_REPEAT: 'Repeat password',
    FIELD_HEADER_USERNAME: 'User name',
    HEADER: 'Welcome to Palta',
    HEADER_DONE: 'Already set up',
    HEADER_WAITING: 'Waiting for its administrator',
    HINT_PASSWORD: 'A few unrelated words make a strong password.',
    INFO: 'Create the account that administers this gateway. There is no default password.',
    INFO_DONE: 'This gateway has an administrator.',
    INFO_WAITING: 'When the gateway started, it printed a link that creates the first account. Open that link:',
    STRENGTH_FAIR: 'Fair. Longer is better.',
    STRENGTH_GOOD: 'Strong.',
    STRENGTH_WEAK: 'Weak. Make it longer.',
  },

  SETTINGS: {
    SECTION_HEADER_CONNECTIONS: 'Connections',
    SECTION_HEADER_HISTORY: 'History',
    SECTION_HEADER_PREFERENCES: 'Preferences',
    SECTION_HEADER_SESSIONS: 'Active sessions',
    SECTION_HEADER_USERGROUPS: 'Groups',
    SECTION_HEADER_USERS: 'Users',
  },

  TOTP: {
    FIELD_HEADER_SECRET_KEY: 'Secret key',
    INFO_CODE_REQUIRED: 'Enter the code that your authentication app shows.',
    INFO_ENROLL_REQUIRED: 'Scan this picture with your authentication app, then enter the code it shows.',
    INFO_VERIFICATION_FAILED: 'That code is wrong. Try the next one.',
  },

  USER_MENU: {
    ACTION_NAVIGATE_HOME: 'Home',
    NAME: 'Menu of {USERNAME}',
  },

  PROTOCOL_KUBERNETES: { NAME: 'Kubernetes' },
  PROTOCOL_RDP: { NAME: 'RDP' },
  PROTOCOL_SSH: { NAME: 'SSH' },
  PROTOCOL_TELNET: { NAME: 'Telnet' },
  PROTOCOL_VNC: { NAME: 'VNC' },
};
