using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Core;

/// <summary>What may change in a pod's spec once it is made: images, the deadline, more tolerations, fewer gates. All else is the pod's for life.</summary>
internal static class PodUpdateValidation
{
    private const string OnlyThese =
        "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
        + "`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

    public static void Check(Field spec, JsonObject old)
    {
        foreach (var list in (ReadOnlySpan<string>)["containers", "initContainers"])
        {
            if (spec[list].Items.Count() != old.Count(list))
            {
                spec[list].Forbidden("pod updates may not add or remove containers");
                return;
            }
            foreach (var container in spec[list].Items)
                container["image"].Required();
        }
        CheckDeadline(spec["activeDeadlineSeconds"], old.Long("activeDeadlineSeconds"));
        CheckTolerations(spec["tolerations"], [.. old.Objects("tolerations")]);
        CheckGates(spec["schedulingGates"], old);
        CheckRest(spec, old);
    }

    private static void CheckDeadline(Field deadline, long? old)
    {
        if (old is null)
            return;
        if (deadline.Number is not { } now)
            deadline.Add(FieldError.Invalid(deadline.Path, null, "must not update from a positive integer to nil value"));
        else if (now > old)
            deadline.Invalid("must be less than or equal to previous value");
    }

    private static void CheckTolerations(Field tolerations, List<JsonObject> old)
    {
        var now = tolerations.Items.Select(t => WithoutSeconds(t.Object)).ToList();
        if (old.Any(o => !now.Any(n => JsonNode.DeepEquals(n, WithoutSeconds(o)))))
            tolerations.Forbidden("existing toleration can not be modified except its tolerationSeconds");
    }

    private static JsonObject? WithoutSeconds(JsonObject? toleration)
    {
        var copy = toleration?.DeepClone().AsObject();
        copy?.Remove("tolerationSeconds");
        return copy;
    }

    private static void CheckGates(Field gates, JsonObject old)
    {
        var before = old.Objects("schedulingGates").Select(g => g.Text("name")).ToHashSet();
        foreach (var gate in gates.Items.Where(g => !before.Contains(g["name"].Text)))
            gates.Forbidden($"only deletion is allowed, but found new scheduling gate '{gate["name"].Text}'");
    }

    /// <summary>With what may change taken from the old spec, nothing must differ.</summary>
    private static void CheckRest(Field spec, JsonObject old)
    {
        var now = spec.Object?.DeepClone().AsObject() ?? [];
        foreach (var list in (ReadOnlySpan<string>)["containers", "initContainers"])
        {
            foreach (var (container, before) in now.Objects(list).Zip(old.Objects(list)))
                container.CarryOver("image", before);
        }
        foreach (var field in (ReadOnlySpan<string>)["activeDeadlineSeconds", "tolerations", "schedulingGates"])
            now.CarryOver(field, old);
        if (old.Long("terminationGracePeriodSeconds") < 0 && now.Long("terminationGracePeriodSeconds") == 1)
            now.CarryOver("terminationGracePeriodSeconds", old);
        if (old.Count("schedulingGates") > 0)
            now.CarryOver("nodeSelector", old); // a gated pod's placement may still be narrowed

        var changed = now.Select(f => f.Key).Union(old.Select(f => f.Key)).Where(f => !JsonNode.DeepEquals(now[f], old[f])).Order(StringComparer.Ordinal).ToList();
        if (changed.Count > 0)
            spec.Forbidden(OnlyThese + "\n" + string.Join('\n', changed.Select(f => $"- {f}: {Text(old[f])}\n+ {f}: {Text(now[f])}")));
    }

    private static string Text(JsonNode? node) => node?.ToJsonString() ?? "null";
}
