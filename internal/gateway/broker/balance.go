// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"slices"
	"strconv"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// maxWatched is how much of a new session is looked at before it counts as good without a picture.
const maxWatched = 128 << 10

// openGroup opens the best member of a balancing group. A member that cannot be reached makes way for the next one.
func (a *attempt) openGroup(ctx context.Context) (*Tunnel, error) {
	group, members, err := a.opener.OpenConnectionGroup(ctx, a.request.ID)
	if err != nil {
		return nil, err
	}
	if group.Type != directory.Balancing || len(members) == 0 {
		return nil, guac.Errorf(guac.ClientForbidden, "Permission denied.")
	}
	if err := a.reserve(ctx, group, nil); err != nil {
		return nil, err
	}
	t, err := a.openMember(ctx, group, members)
	if err != nil {
		return nil, err
	}
	if member := t.opening.connection.Identifier; group.Attributes.True(directory.AttrSessionAffinity) {
		if err := a.session.SetAffinity(ctx, a.affinityKey(), member); err != nil {
			a.broker.cfg.Logger.WarnContext(ctx, "the member of a balancing group is not remembered", "error", err)
		}
	}
	return t, nil
}

func (a *attempt) affinityKey() string { return a.request.DataSource + "\x00" + a.request.ID }

// openMember tries the members in order.
func (a *attempt) openMember(
	ctx context.Context, group *directory.ConnectionGroup, members []*directory.Connection,
) (*Tunnel, error) {
	candidates, err := a.candidates(ctx, group, members)
	if err != nil {
		return nil, err
	}
	failed := false
	for len(candidates) > 0 {
		member, rest, err := a.nextMember(ctx, group, candidates, failed)
		if err != nil && (!failed || !limited(err)) {
			return nil, err
		}
		if member == nil {
			break
		}
		candidates = rest
		t, err := a.connect(ctx, plan{connection: member, watch: len(candidates) > 0})
		if err == nil {
			return t, nil
		}
		if !upstreamFailure(err) {
			return nil, err
		}
		failed = true
	}
	return nil, guac.Errorf(guac.ResourceConflict, "Cannot connect. All upstream connections are unavailable.")
}

// candidates returns the members that may be chosen, the best first.
func (a *attempt) candidates(
	ctx context.Context, group *directory.ConnectionGroup, members []*directory.Connection,
) ([]*directory.Connection, error) {
	if group.Attributes.True(directory.AttrSessionAffinity) {
		used := a.session.Affinity(a.affinityKey())
		if i := slices.IndexFunc(members, func(c *directory.Connection) bool { return c.Identifier == used }); i >= 0 {
			return members[i : i+1], nil
		}
	}
	counts, err := a.broker.CountActive(ctx, a.request.DataSource)
	if err != nil {
		return nil, err
	}
	candidates := make([]*directory.Connection, 0, len(members))
	for _, member := range members {
		if weight(member) > 0 {
			candidates = append(candidates, member)
		}
	}
	slices.SortStableFunc(candidates, func(x, y *directory.Connection) int {
		if order := counts.Seats[x.Identifier]*weight(y) - counts.Seats[y.Identifier]*weight(x); order != 0 {
			return order
		}
		return weight(x) - weight(y)
	})
	return candidates, nil
}

// maxWeight keeps products of weights and loads within an int.
const maxWeight = 1 << 20

func weight(c *directory.Connection) int {
	if n, err := strconv.Atoi(c.Attributes.Get(directory.AttrWeight)); err == nil {
		return min(n, maxWeight)
	}
	return 1
}

// nextMember takes a seat on the first candidate that has one and returns the others. Members for failover only have their turn once one has failed.
func (a *attempt) nextMember(
	ctx context.Context, group *directory.ConnectionGroup, candidates []*directory.Connection, failed bool,
) (member *directory.Connection, rest []*directory.Connection, err error) {
	for i, candidate := range candidates {
		if !failed && candidate.Attributes.True(directory.AttrFailoverOnly) {
			continue
		}
		err = a.reserve(ctx, group, candidate)
		if err == nil {
			return candidate, slices.Delete(slices.Clone(candidates), i, i+1), nil
		}
		if !limited(err) {
			return nil, nil, err
		}
	}
	return nil, nil, err
}

// upstreamFailure reports whether err says that a member is broken, rather than the request.
func upstreamFailure(err error) bool {
	switch guac.StatusOf(err) {
	case guac.UpstreamTimeout, guac.UpstreamError, guac.UpstreamNotFound, guac.UpstreamUnavailable:
		return true
	}
	return false
}

// watchStart reads the session's beginning, to be replayed to the browser, until there is a first picture. It returns an error if the remote host turns out to be unreachable.
func (t *Tunnel) watchStart() error {
	reader := t.guacd.Reader()
	for len(t.replay) < maxWatched {
		ins, err := reader.Next()
		if err != nil {
			if err := readError(err); upstreamFailure(err) {
				return err
			}
			return nil // the browser is told when it reads
		}
		if ins.Is(guac.OpError) {
			if err := guac.Errorf(guac.ParseStatus(ins.Arg(1)), "%s", ins.Text(0)); upstreamFailure(err) {
				return err
			}
		}
		t.replay = append(t.replay, reader.Raw()...)
		if ins.Is(guac.OpSync) || ins.Is(guac.OpError) {
			return nil
		}
	}
	return nil
}
