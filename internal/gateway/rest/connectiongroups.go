// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"cmp"

	"github.com/palta-gateway/palta/internal/directory"
)

// connectionGroupJSON is a connection group as clients see it. The children are there in a tree only.
type connectionGroupJSON struct {
	Name              string                        `json:"name"`
	Identifier        string                        `json:"identifier"`
	ParentIdentifier  string                        `json:"parentIdentifier,omitempty"`
	Type              directory.ConnectionGroupType `json:"type"`
	ActiveConnections int                           `json:"activeConnections"`
	ChildGroups       []*connectionGroupJSON        `json:"childConnectionGroups,omitempty"`
	ChildConnections  []*connectionJSON             `json:"childConnections,omitempty"`
	Attributes        directory.Attributes          `json:"attributes"`
}

var connectionGroups = kindOf[directory.ConnectionGroup]{
	noun: "connection group", kind: directory.ConnectionGroupObject,
	of:         directory.UserContext.ConnectionGroups,
	identifier: func(o *directory.ConnectionGroup) string { return o.Identifier },
	encoder: func(c *call) (func(*directory.ConnectionGroup) any, error) {
		counts, err := c.api.cfg.Broker.CountActive(c.ctx(), c.uc.DataSource())
		return func(o *directory.ConnectionGroup) any { return showConnectionGroup(o, counts.Groups) }, err
	},
	newInput: func() input[directory.ConnectionGroup] { return &connectionGroupInput{} },
}

func showConnectionGroup(o *directory.ConnectionGroup, uses map[string]int) *connectionGroupJSON {
	shown := &connectionGroupJSON{
		Name: o.Name, Identifier: o.Identifier, Type: o.Type, ActiveConnections: uses[o.Identifier],
		Attributes: attributesOrEmpty(o.Attributes),
	}
	if o.Identifier != directory.RootGroup {
		shown.ParentIdentifier = cmp.Or(o.Parent, directory.RootGroup)
	}
	return shown
}

// connectionGroupInput is a connection group as clients submit it.
type connectionGroupInput struct {
	Name             *jsonText `json:"name"`
	ParentIdentifier *jsonText `json:"parentIdentifier"`
	Type             *jsonText `json:"type"`
	Attributes       jsonTexts `json:"attributes"`
}

func (in *connectionGroupInput) apply(c *call, o *directory.ConnectionGroup, _ bool) error {
	o.Name, o.Type = in.Name.value(), directory.ConnectionGroupType(in.Type.value())
	if o.Type != directory.Organizational && o.Type != directory.Balancing {
		return directory.Errorf(directory.Invalid, "Connection groups are of type ORGANIZATIONAL or BALANCING.")
	}
	o.Parent = cmp.Or(in.ParentIdentifier.value(), directory.RootGroup)
	o.Attributes = in.Attributes.attributes(c.uc.Schema().ConnectionGroupAttributes)
	return nil
}

func (in *connectionGroupInput) echo(_ *call, o *directory.ConnectionGroup) any {
	return showConnectionGroup(o, nil)
}

// tree answers a group with everything below it that the user can read. The parameter permission narrows connections and sharing profiles, not groups.
func tree(c *call) error {
	filter, err := c.permissions()
	if err != nil {
		return err
	}
	root, err := c.uc.ConnectionGroups().Get(c.ctx(), c.id())
	if err != nil {
		return err
	}
	counts, err := c.api.cfg.Broker.CountActive(c.ctx(), c.uc.DataSource())
	if err != nil {
		return err
	}
	t := treeBuilder{
		counts:      counts,
		groups:      make(map[string][]*connectionGroupJSON),
		connections: make(map[string][]*connectionJSON),
		used:        make(map[string]bool),
	}
	if err := t.collect(c, filter); err != nil {
		return err
	}
	top := showConnectionGroup(root, counts.Groups)
	t.fill(top)
	return c.answer(top)
}

// treeBuilder has all objects by the group they are in.
type treeBuilder struct {
	counts      directory.ActiveCounts
	groups      map[string][]*connectionGroupJSON
	connections map[string][]*connectionJSON
	used        map[string]bool
}

func (t *treeBuilder) collect(c *call, filter directory.ObjectPermissions) error {
	groups, err := c.uc.ConnectionGroups().List(c.ctx(), 0)
	if err != nil {
		return err
	}
	list, err := c.uc.Connections().List(c.ctx(), filter)
	if err != nil {
		return err
	}
	profiles, err := c.uc.SharingProfiles().List(c.ctx(), filter)
	if err != nil {
		return err
	}
	for _, group := range groups {
		shown := showConnectionGroup(group, t.counts.Groups)
		t.groups[shown.ParentIdentifier] = append(t.groups[shown.ParentIdentifier], shown)
	}
	ofConnection := make(map[string][]any)
	for _, profile := range profiles {
		ofConnection[profile.PrimaryConnection] = append(ofConnection[profile.PrimaryConnection], showSharingProfile(profile))
	}
	for _, connection := range list {
		shown := showConnection(connection, t.counts.Connections)
		shown.SharingProfiles = ofConnection[connection.Identifier]
		t.connections[shown.ParentIdentifier] = append(t.connections[shown.ParentIdentifier], shown)
	}
	return nil
}

// fill puts children into a group. Each group is used once, so damaged data cannot make the tree endless.
func (t *treeBuilder) fill(group *connectionGroupJSON) {
	if t.used[group.Identifier] {
		return
	}
	t.used[group.Identifier] = true
	group.ChildConnections = t.connections[group.Identifier]
	group.ChildGroups = t.groups[group.Identifier]
	for _, child := range group.ChildGroups {
		t.fill(child)
	}
}
