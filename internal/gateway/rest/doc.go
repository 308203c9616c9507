// SPDX-License-Identifier: Apache-2.0

// Package rest serves the REST API below api/, with paths, objects and statuses of upstream's, which web clients, Terraform providers and scripts rely on.
//
// In reading order:
//
//   - api.go has [API] and the route table.
//   - call.go is one request; decode.go and respond.go are the only readers and writers of bodies. errors.go turns every error into the one error object.
//   - directory.go serves lists, objects and batches of any kind of object; users.go, connections.go and so on have what is special to each kind.
//   - tokens.go logs in and out; extensions.go has what login providers answer themselves; the other files have one resource each.
//
// A handler returns an error and never writes one. What a user may see and do is decided by the data source (directory.UserContext), not here.
package rest
