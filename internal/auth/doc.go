// SPDX-License-Identifier: Apache-2.0

// Package auth says who a user is and what data sources the login brings, by asking providers in a visible order.
//
// A login runs like this, as upstream's does with its extensions:
//
//	Credentials
//	     │  1. each Gate may refuse the attempt (bans)
//	     │  2. Authenticate of each provider in turn; the first that knows the user wins and makes the Identity;
//	     │     if none does, the first "insufficient" answer is shown before the first "invalid" one
//	     │  3. UserContext of every provider that is a Source, in the same order: zero or one data source each
//	     │  4. Decorate of every provider that is a Decorator, on every data source but its own (second factors veto here)
//	     │  5. each Gate is told how it ended
//	     v
//	   Login    identity, and data sources in provider order
//
// A re-login with a live token runs the same, save that in step 2 only the provider which made the identity is asked
// (if it is an [IdentityUpdater]), and in step 3 a [SourceUpdater] may refresh the data source it gave.
//
// A login ends with [Chain.Logout]. Between, what [Chain.Save] returns can be stored, and [Chain.Restore] makes a login of it at another
// gateway, or after a restart: each source that is a [Restorer] is asked for its data source again, then each decorator.
//
// [Provider] is the least a provider is; the further abilities are interfaces of their own. An [EndpointOwner] also answers HTTP requests,
// such as the callback of an identity provider to which a [RedirectField] has sent the browser; in between, [OneTime] keeps what may be
// used once. Rejections are
// [*Rejection]; anything else is a failure of the provider, which aborts the login unless the provider is listed in [Config.SkipIfUnavailable].
// Cancelling the context abandons the login.
package auth
