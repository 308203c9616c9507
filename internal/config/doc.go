// SPDX-License-Identifier: Apache-2.0

// Package config reads the settings of the gateway.
//
// There is one table of options (options.go), which [Options] shows to the manual and to the command line. [Load] takes each option
// from the first of these places that has it:
//
//  1. a flag, --http-port
//  2. an environment variable: PALTA_HTTP_PORT for every option, and upstream's name, such as GUACD_HOSTNAME, for the options that upstream has
//  3. a file that is named by such a variable with _FILE behind it; one line feed at its end is taken off
//  4. palta.properties, then guacamole.properties, both in GUACAMOLE_HOME
//  5. the default
//
// GUACAMOLE_HOME is the flag --guacamole-home, the variable of that name, ~/.guacamole if that exists, or /etc/guacamole.
//
// Upstream lets the file win over variables and reads those only if the file says so. Here a variable wins, and upstream's names can be
// switched off by enable-environment-properties: false (and files by enable-file-environment-properties: false) in a file.
//
// Keys that are not in the table are an error in palta.properties and reported in [Config.Unknown] for guacamole.properties, which may
// have settings of extensions. All mistakes are reported at once; each names the place and says what would be right.
package config
