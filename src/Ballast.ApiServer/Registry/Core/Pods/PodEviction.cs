using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Selectors;
using Ballast.ApiServer.Storage;

namespace Ballast.ApiServer.Registry.Core;

/// <summary>
/// Deletes a pod unless a PodDisruptionBudget stands against it. The budget is charged before the deletion, in a conditional write, so that two evictions at
/// once cannot both spend the last disruption it allows.
/// </summary>
internal sealed class PodEviction(IResourceCatalog catalog, TimeProvider time) : ICreateSubresource
{
    /// <summary>More than these wait for the disruption controller to catch up.</summary>
    private const int MaxDisruptedPods = 2000;

    private static readonly GroupResource Pods = new("", "pods");
    private static readonly GroupResource Budgets = new("policy", "poddisruptionbudgets");

    public async Task<JsonObject> CreateAsync(ResourceRequest request, JsonObject body, CancellationToken cancel)
    {
        var pods = Store(Pods);
        var pod = (await pods.Objects.GetAsync($"{request.Namespace}/{request.Name}", ReadConsistency.Linearizable, cancel).ConfigureAwait(false))?.ToDocument()
            ?? throw StatusException.NotFound(Pods, request.Name);
        var options = Options(body, pod);

        // A pod that is over, or has not begun, disrupts nothing.
        if (pod.Text("status", "phase") is not ("Succeeded" or "Failed" or "Pending") && !pod.IsBeingDeleted)
            await ChargeAsync(request, pod, cancel).ConfigureAwait(false);

        await pods.DeleteAsync(request with { Subresource = "" }, options, cancel).ConfigureAwait(false);
        return new() { ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Success", ["code"] = 201 };
    }

    private async Task ChargeAsync(ResourceRequest request, JsonObject pod, CancellationToken cancel)
    {
        var budgets = Store(Budgets);
        var all = await budgets.Objects.ListAsync(new ListQuery(request.Namespace + "/") { Consistency = ReadConsistency.Any }, cancel).ConfigureAwait(false);
        var matching = all.Objects.Select(b => b.ToDocument()).Where(b => LabelSelector.From(b.Object("spec", "selector")).Matches(pod.Labels)).ToList();
        if (matching.Count == 0)
            return;
        if (matching.Count > 1)
            throw StatusException.Internal("This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.");
        if (MayGoUnhealthy(matching[0], pod))
            return;
        await budgets.Objects.GuaranteedUpdateAsync(
            $"{request.Namespace}/{matching[0].Name}", budget => Charge(budget, matching[0].Name, pod), request.DryRun, cancel).ConfigureAwait(false);
    }

    /// <summary>A pod that is not ready does not count for the budget: it may go where the policy, or the budget's health, allows.</summary>
    private static bool MayGoUnhealthy(JsonObject budget, JsonObject pod)
    {
        if (pod.Condition("Ready").Text("status") == "True")
            return false;
        return budget.Text("spec", "unhealthyPodEvictionPolicy") == "AlwaysAllow"
            || ((budget.Long("status", "currentHealthy") ?? 0) >= (budget.Long("status", "desiredHealthy") ?? 0) && (budget.Long("status", "desiredHealthy") ?? 0) > 0);
    }

    private JsonObject Charge(JsonObject? budget, string name, JsonObject pod)
    {
        if (budget is null)
            throw StatusException.NotFound(Budgets, name);
        if ((budget.Long("status", "observedGeneration") ?? 0) < budget.Generation)
            throw TooMany($"The disruption budget {name} is still being processed by the server.", retryAfterSeconds: 10);
        var allowed = budget.Long("status", "disruptionsAllowed") ?? 0;
        if (allowed < 0)
            throw StatusException.Forbidden(Budgets, name, "pdb disruptions allowed is negative");
        if (budget.Count("status", "disruptedPods") > MaxDisruptedPods)
            throw StatusException.Forbidden(Budgets, name, "DisruptedPods map too big - too many evictions not confirmed by PDB controller");
        if (allowed == 0)
            throw Exhausted(budget, name);

        var status = budget.ObjectAt("status");
        status["disruptionsAllowed"] = allowed - 1;
        // The controller counts the pod as gone from here on, whether it sees the deletion or not.
        status.ObjectAt("disruptedPods")[pod.Name] = KubernetesTime.Format(time.GetUtcNow());
        return budget;
    }

    private static StatusException Exhausted(JsonObject budget, string name)
    {
        var condition = budget.Condition("DisruptionAllowed");
        var message = condition.Text("reason") == "SyncFailed" && condition.Text("status") == "False"
            ? $"The disruption budget {name} does not allow evicting pods currently because it failed sync: {condition.Text("message")}"
            : $"The disruption budget {name} needs {budget.Long("status", "desiredHealthy") ?? 0} healthy pods and has {budget.Long("status", "currentHealthy") ?? 0} currently";
        return TooMany(message, retryAfterSeconds: 0);
    }

    private static StatusException TooMany(string why, int retryAfterSeconds)
    {
        var refusal = StatusException.DisruptionBudget(
            "Cannot evict pod as it would violate the pod's disruption budget.",
            new JsonArray(new JsonObject { ["reason"] = "DisruptionBudget", ["message"] = why }));
        if (retryAfterSeconds > 0)
            refusal.Details!["retryAfterSeconds"] = retryAfterSeconds;
        return refusal;
    }

    private static DeleteOptions Options(JsonObject eviction, JsonObject pod)
    {
        var asked = eviction.Object("deleteOptions");
        return new()
        {
            GracePeriodSeconds = asked.Long("gracePeriodSeconds"),
            PropagationPolicy = asked.Text("propagationPolicy") is { Length: > 0 } policy ? policy : null,
            // The pod that was judged, not another that has taken its name since.
            PreconditionUid = asked.Text("preconditions", "uid") is { Length: > 0 } uid ? uid : pod.Uid,
            PreconditionResourceVersion = asked.Text("preconditions", "resourceVersion") is { Length: > 0 } version ? version : null,
        };
    }

    private IResourceStore Store(GroupResource resource) =>
        catalog.Find(resource) ?? throw StatusException.ServiceUnavailable($"{resource} are not served");
}
