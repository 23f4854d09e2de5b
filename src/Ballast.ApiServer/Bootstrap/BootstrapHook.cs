using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Authentication;
using Ballast.ApiServer.Registry;
using Ballast.ApiServer.Storage;
using Ballast.ComponentBase.Health;
using Microsoft.Extensions.Logging;

namespace Ballast.ApiServer.Bootstrap;

/// <summary>
/// One part of a server's start: makes sure that some objects are there. Any number of servers may run it at once: who comes second finds the
/// object made, and an update that another one overtook is decided again on what is there now.
/// </summary>
/// <param name="Name">Upstream's post-start hook: <c>rbac/bootstrap-roles</c>.</param>
/// <param name="Objects">In the order they are made, each with what happens to one that exists.</param>
public sealed record BootstrapPart(string Name, IReadOnlyList<(BootstrapObject Object, IReconciliation Reconciliation)> Objects);

/// <summary>Runs the parts in order, each until it succeeded once, and tells readiness about it.</summary>
public sealed class BootstrapHooks(IReadOnlyList<BootstrapPart> parts, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);
    private volatile int _done;

    /// <summary><c>poststarthook/…</c> for <c>/readyz</c>, <c>/livez</c> and <c>/healthz</c>.</summary>
    public IReadOnlyList<HealthCheck> Checks =>
        [.. parts.Select((part, index) => new HealthCheck("poststarthook/" + part.Name, _ => new(_done > index ? null : "not finished")))];

    public async Task RunAsync(IResourceCatalog catalog, CancellationToken cancel)
    {
        foreach (var part in parts)
        {
            foreach (var (wanted, reconciliation) in part.Objects)
            {
                while (!await TryEnsureAsync(catalog, wanted, reconciliation, cancel))
                    await Task.Delay(RetryDelay, time, cancel);
            }
            _done++;
        }
    }

    private async Task<bool> TryEnsureAsync(IResourceCatalog catalog, BootstrapObject wanted, IReconciliation reconciliation, CancellationToken cancel)
    {
        try
        {
            var store = catalog.Find(wanted.Resource) ?? throw new InvalidOperationException($"{wanted.Resource} is not served");
            await EnsureAsync(store, wanted.Document, reconciliation, cancel);
            return true;
        }
        catch (Exception failure) when (failure is StatusException or StorageException)
        {
            log.LogWarning("Unable to reconcile {Resource} {Name}, trying again: {Error}", wanted.Resource, wanted.Document.Name, failure.Message);
            return false;
        }
    }

    private static async Task EnsureAsync(IResourceStore store, JsonObject wanted, IReconciliation reconciliation, CancellationToken cancel)
    {
        var request = new ResourceRequest(UserInfo.ApiServer, wanted.Namespace, wanted.Name) { FieldManager = "kube-apiserver", ApiVersion = wanted.ApiVersion };
        var key = wanted.Namespace.Length == 0 ? wanted.Name : $"{wanted.Namespace}/{wanted.Name}";
        if (await store.Objects.GetAsync(key, ReadConsistency.Linearizable, cancel) is not { } existing)
        {
            await CreateAsync();
            return;
        }
        switch (reconciliation.Reconcile(existing.ToDocument(), wanted))
        {
            case ReconcileResult.Changed:
                _ = await store.UpdateAsync(request, current => Update(current ?? throw StatusException.NotFound(store.Definition.GroupResource, wanted.Name)), cancel);
                break;
            case ReconcileResult.Recreate:
                _ = await store.DeleteAsync(request, new DeleteOptions { PreconditionUid = existing.Attributes.Uid }, cancel);
                await CreateAsync();
                break;
            default:
                break;
        }

        async Task CreateAsync()
        {
            try
            {
                _ = await store.CreateAsync(request, wanted.DeepClone().AsObject(), cancel);
            }
            catch (StatusException taken) when (taken.Reason == "AlreadyExists")
            {
                // Another server made the same object first.
            }
        }

        JsonObject Update(JsonObject current)
        {
            _ = reconciliation.Reconcile(current, wanted);
            return current;
        }
    }
}
