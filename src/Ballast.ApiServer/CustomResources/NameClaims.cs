using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry;
using Ballast.ApiServer.Registry.ApiExtensions;

namespace Ballast.ApiServer.CustomResources;

/// <summary>
/// Who may have which names in a group. A pure function of the CRDs and the built-in resources, so that every server comes to the same answer; where two
/// servers accepted the same name for two CRDs at the same moment, the CRD that came later gives it up.
/// </summary>
/// <param name="builtIn">What the server has of its own.</param>
/// <param name="crds">All there are.</param>
internal sealed class NameClaims(IReadOnlyList<ResourceDefinition> builtIn, IReadOnlyCollection<JsonObject> crds)
{
    /// <summary>Writes accepted names and the conditions that follow from them into <paramref name="crd"/>. True where anything changed.</summary>
    public bool Settle(JsonObject crd, DateTimeOffset now)
    {
        var (requested, accepted) = (crd.Object("spec", "names") ?? [], crd.Object("status", "acceptedNames") ?? []);
        var (resources, kinds) = Taken(crd, accepted);
        var settled = accepted.DeepClone().AsObject();
        (string Reason, string Message)? conflict = null;
        // The last conflict found is the one told.
        Claim("plural", "PluralConflict", resources);
        Claim("singular", "SingularConflict", resources);
        ClaimShortNames();
        Claim("kind", "KindConflict", kinds);
        Claim("listKind", "ListKindConflict", kinds);
        Copy("categories");

        var changed = !JsonNode.DeepEquals(settled, accepted);
        crd.ObjectAt("status")["acceptedNames"] = settled;
        if (conflict is var (reason, message))
            changed |= CustomResourceConditions.Set(crd, "NamesAccepted", "False", reason, message, now);
        else
            changed |= CustomResourceConditions.Set(crd, "NamesAccepted", "True", "NoConflicts", "no conflicts found", now);
        if (!CustomResourceConditions.IsTrue(crd, "Established"))
            changed |= conflict is null
                ? CustomResourceConditions.Set(crd, "Established", "False", "Installing", "the initial names have been accepted", now)
                : CustomResourceConditions.Set(crd, "Established", "False", "NotAccepted", "not all names are accepted", now);
        return changed;

        void Claim(string field, string conflictReason, HashSet<string> taken)
        {
            var name = requested.Text(field);
            if (taken.Contains(name))
                conflict = (conflictReason, $"\"{name}\" is already in use");
            else
                settled[field] = name;
        }

        void ClaimShortNames()
        {
            var refused = requested.Strings("shortNames").Where(resources.Contains).Select(n => $"\"{n}\" is already in use").ToList();
            if (refused.Count > 0)
                conflict = ("ShortNamesConflict", refused.Count == 1 ? refused[0] : $"[{string.Join(", ", refused)}]");
            else
                Copy("shortNames");
        }

        void Copy(string field)
        {
            if (requested[field] is JsonArray { Count: > 0 } list)
                settled[field] = list.DeepClone();
            else
                settled.Remove(field);
        }
    }

    /// <summary>The names in the group that are not for <paramref name="crd"/> to have.</summary>
    private (HashSet<string> Resources, HashSet<string> Kinds) Taken(JsonObject crd, JsonObject accepted)
    {
        HashSet<string> resources = [], kinds = [];
        var group = crd.Text("spec", "group");
        foreach (var definition in builtIn.Where(d => d.Group == group))
        {
            resources.UnionWith([definition.Resource, definition.Singular, .. definition.ShortNames]);
            kinds.UnionWith([definition.Kind, definition.ListKind]);
        }
        var (ownResources, ownKinds) = Names(accepted);
        foreach (var other in crds.Where(o => o.Name != crd.Name && o.Text("spec", "group") == group))
        {
            var (otherResources, otherKinds) = Names(other.Object("status", "acceptedNames") ?? []);
            // What was accepted stays so, unless the other has it too and came first.
            var isFirst = Precedes(crd, other);
            resources.UnionWith(otherResources.Where(n => !(isFirst && ownResources.Contains(n))));
            kinds.UnionWith(otherKinds.Where(n => !(isFirst && ownKinds.Contains(n))));
        }
        return (resources, kinds);
    }

    private static (HashSet<string> Resources, HashSet<string> Kinds) Names(JsonObject names)
    {
        HashSet<string> resources = [names.Text("plural"), names.Text("singular"), .. names.Strings("shortNames")];
        HashSet<string> kinds = [names.Text("kind"), names.Text("listKind")];
        _ = resources.Remove("");
        _ = kinds.Remove("");
        return (resources, kinds);
    }

    private static bool Precedes(JsonObject crd, JsonObject other) =>
        (string.CompareOrdinal(crd.Text("metadata", "creationTimestamp"), other.Text("metadata", "creationTimestamp")) is not 0 and var order
            ? order : string.CompareOrdinal(crd.Uid, other.Uid)) < 0;
}
