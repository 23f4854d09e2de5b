using System.Text.Json.Nodes;
using System.Threading.Channels;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Authentication;
using Ballast.ApiServer.Authorization;
using Ballast.ApiServer.Registry;
using Ballast.ApiServer.Registry.ApiExtensions;
using Ballast.ApiServer.Storage;
using Microsoft.Extensions.Logging;

namespace Ballast.ApiServer.CustomResources;

/// <summary>
/// All a server does about CRDs: serves what they define, settles their names, establishes them, and removes the instances of those that are deleted. Every server
/// does all of it, at the same time as the others: each step is decided from what is stored, written only if that is unchanged, and no harm when done twice.
/// </summary>
/// <param name="builtIn">The resources that come with the server.</param>
/// <param name="catalog">Serves the built-in resources already.</param>
/// <param name="storage">Where the instances are.</param>
/// <param name="makeStore">Makes a definition's store.</param>
/// <param name="time">The clock.</param>
/// <param name="log">For what operators should know.</param>
public sealed class CustomResourceController(
    IReadOnlyList<ResourceDefinition> builtIn, ResourceCatalog catalog, IStorage storage, Func<ResourceDefinition, IResourceStore> makeStore,
    TimeProvider time, ILogger<CustomResourceController> log)
{
    private static readonly GroupResource Crds = new("apiextensions.k8s.io", "customresourcedefinitions");

    // The time for all servers to serve what is about to be called established.
    private static readonly TimeSpan EstablishDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly ServedCustomResources _served = new(builtIn, catalog, storage);
    private readonly Channel<bool> _work = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private Task? _synced;

    /// <summary>Null once every custom resource there was at the start is served, else what is waited for. For <c>/readyz</c>.</summary>
    public string? NotReadyBecause => _synced is { IsCompletedSuccessfully: true } ? null : "custom resource definitions not synced yet";

    public async Task RunAsync(CancellationToken cancel)
    {
        var feed = new ObjectFeed(catalog, Crds, _served, time, log);
        _synced = feed.Synced;
        _served.Changed += Wake;
        await Task.WhenAll(feed.RunAsync(cancel), WorkAsync(cancel));
    }

    // Where a pass is due already, that one does.
    private void Wake() => _ = _work.Writer.TryWrite(true);

    private async Task WorkAsync(CancellationToken cancel)
    {
        var removal = new InstanceRemoval(catalog, makeStore, time);
        while (true)
        {
            _ = await _work.Reader.ReadAsync(cancel);
            var isDone = true;
            foreach (var crd in _served.Crds)
            {
                try
                {
                    isDone &= await SyncAsync(crd, removal, cancel);
                }
                catch (StatusException failure)
                {
                    // Another server was faster, or etcd does not answer: look again.
                    log.LogInformation("CustomResourceDefinition {Name} is tried again: {Reason}", crd.Name, failure.Message);
                    isDone = false;
                }
            }
            if (!isDone)
            {
                await Task.Delay(RetryDelay, time, cancel);
                Wake();
            }
        }
    }

    /// <summary>One step for one CRD. False where it has to be looked at again without its changing.</summary>
    private async Task<bool> SyncAsync(JsonObject crd, InstanceRemoval removal, CancellationToken cancel)
    {
        if (crd.IsBeingDeleted)
            return await removal.SyncAsync(crd, cancel);
        if (new NameClaims(builtIn, _served.Crds).Settle(crd.DeepClone().AsObject(), time.GetUtcNow()))
        {
            await WriteStatusAsync(crd, current => new NameClaims(builtIn, _served.Crds).Settle(current, time.GetUtcNow()), cancel);
        }
        else if (CustomResourceConditions.IsTrue(crd, "NamesAccepted") && !CustomResourceConditions.IsTrue(crd, "Established"))
        {
            await Task.Delay(EstablishDelay, time, cancel);
            await WriteStatusAsync(crd, Establish, cancel);
        }
        return true;
    }

    private void Establish(JsonObject crd)
    {
        if (CustomResourceConditions.IsTrue(crd, "NamesAccepted"))
            _ = CustomResourceConditions.Set(crd, "Established", "True", "InitialNamesAccepted", "the initial names have been accepted", time.GetUtcNow());
    }

    private async Task WriteStatusAsync(JsonObject crd, Action<JsonObject> change, CancellationToken cancel)
    {
        try
        {
            await catalog.Find(Crds)!.UpdateAsync(
                new ResourceRequest(UserInfo.ApiServer, "", crd.Name) { Subresource = "status" },
                current =>
                {
                    change(current!);
                    return current!;
                },
                cancel);
        }
        catch (StatusException gone) when (gone.Reason == "NotFound")
        {
            // Nothing is left to say it of.
        }
    }
}
