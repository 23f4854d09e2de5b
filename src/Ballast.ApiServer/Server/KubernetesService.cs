using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Authentication;
using Ballast.ApiServer.Registry;
using Ballast.ApiServer.Storage;
using Microsoft.Extensions.Logging;

namespace Ballast.ApiServer.Server;

/// <summary>
/// Keeps the <c>kubernetes</c> Service in <c>default</c> and its Endpoints and EndpointSlice: the addresses of the servers that live. Each server
/// holds a lease key (<c>/registry/masterleases/ADDRESS</c>) that etcd forgets when its server dies; all of them watch the keys, so whoever sees one go first
/// takes the address out.
/// </summary>
/// <param name="options">This server's address and port, and the range the Service's address is the first of.</param>
/// <param name="catalog">Where the three objects are.</param>
/// <param name="leases">The lease keys.</param>
/// <param name="time">The clock.</param>
/// <param name="log">For what failed and is tried again.</param>
internal sealed class KubernetesService(ApiServerOptions options, IResourceCatalog catalog, IObjectStore leases, TimeProvider time, ILogger<KubernetesService> log)
{
    private const string Name = "kubernetes";
    private const string Namespace = "default";
    private static readonly TimeSpan LeaseTtl = TimeSpan.FromSeconds(15);

    // Two more tries before the lease is lost.
    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(5);

    private readonly string _own = options.AdvertiseAddress.ToString();

    /// <summary>Renews this server's lease and brings the objects in step, until <paramref name="cancel"/> fires.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        using var wake = new SemaphoreSlim(1, 1);
        var watching = WatchLeasesAsync(wake, cancel);
        var renewed = (long?)null;
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                if (renewed is null || time.GetElapsedTime(renewed.Value) >= RenewEvery)
                {
                    await RenewAsync(cancel);
                    renewed = time.GetTimestamp();
                }
                await ReconcileAsync(cancel);
            }
            catch (Exception failure) when (failure is StatusException or StorageException)
            {
                log.LogWarning("The kubernetes Service is not in step, trying again: {Error}", failure.Message);
                renewed = null;
                await Task.Delay(TimeSpan.FromSeconds(1), time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                break;
            }
            using var timeout = new CancellationTokenSource(RenewEvery, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancel);
            await wake.WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        await watching;
    }

    /// <summary>Takes this server's address out: new clients go elsewhere from now on. For after <see cref="RunAsync"/> has ended.</summary>
    public async Task LeaveAsync(CancellationToken cancel)
    {
        try
        {
            if (await leases.GetAsync(_own, ReadConsistency.Linearizable, cancel) is { } lease)
                _ = await leases.DeleteAsync(_own, lease.Version, cancel);
            await ReconcileAsync(cancel);
        }
        catch (Exception failure) when (failure is StatusException or StorageException or OperationCanceledException)
        {
            // The lease runs out by itself.
            log.LogWarning("This server's address stays in the kubernetes Service until its lease runs out: {Error}", failure.Message);
        }
    }

    private async Task WatchLeasesAsync(SemaphoreSlim wake, CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await foreach (var change in leases.WatchAsync(new WatchQuery("", null), cancel))
                {
                    // Renewals come every few seconds and change nothing.
                    if (change.Type is WatchEventType.Added or WatchEventType.Deleted && wake.CurrentCount == 0)
                        wake.Release();
                }
            }
            catch (StorageException)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
            }
        }
    }

    private async Task RenewAsync(CancellationToken cancel)
    {
        var document = Documents.Encode(new JsonObject
        {
            ["kind"] = "Endpoints",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject { ["name"] = _own },
            ["subsets"] = new JsonArray(new JsonObject { ["addresses"] = new JsonArray(new JsonObject { ["ip"] = _own }) }),
        });
        var current = await leases.GetAsync(_own, ReadConsistency.Linearizable, cancel);
        _ = current is null
            ? await leases.CreateAsync(_own, document, LeaseTtl, cancel)
            : await leases.UpdateAsync(_own, current.Version, document, LeaseTtl, cancel);
    }

    private async Task ReconcileAsync(CancellationToken cancel)
    {
        await EnsureAsync(new GroupResource("", "services"), Service(), cancel);
        var living = (await leases.ListAsync(new ListQuery(""), cancel)).Objects.Select(o => o.Key).Order(StringComparer.Ordinal).ToList();
        // With no address the objects are left as they are: a cluster without an API server has nobody to read them.
        if (living.Count == 0)
            return;
        await EnsureAsync(new GroupResource("", "endpoints"), Endpoints(living), cancel);
        await EnsureAsync(new GroupResource("discovery.k8s.io", "endpointslices"), Slice(living), cancel);
    }

    /// <summary>Creates the object, or brings the fields that <paramref name="wanted"/> has in step. The Service's spec is only its creator's to set.</summary>
    private async Task EnsureAsync(GroupResource resource, JsonObject wanted, CancellationToken cancel)
    {
        var store = catalog.Find(resource) ?? throw new InvalidOperationException($"{resource} is not served");
        var request = new ResourceRequest(UserInfo.ApiServer, Namespace, Name) { FieldManager = "kube-apiserver", ApiVersion = wanted.ApiVersion };
        var current = await store.Objects.GetAsync($"{Namespace}/{Name}", ReadConsistency.Linearizable, cancel);
        if (current is null)
        {
            try
            {
                _ = await store.CreateAsync(request, wanted, cancel);
            }
            catch (StatusException taken) when (taken.Reason == "AlreadyExists")
            {
                // Another server came first; the next round compares.
            }
            return;
        }
        if (resource.Resource == "services" || InStep(current.ToDocument(), wanted))
            return;
        _ = await store.UpdateAsync(request, now =>
        {
            var document = now ?? throw StatusException.NotFound(resource, Name);
            foreach (var (field, value) in wanted)
                if (field is not ("metadata" or "kind" or "apiVersion"))
                    document[field] = value?.DeepClone();
            foreach (var (label, value) in wanted.Labels ?? [])
                document.Metadata.ObjectAt("labels")[label] = value?.DeepClone();
            return document;
        }, cancel);
    }

    private static bool InStep(JsonObject current, JsonObject wanted) =>
        wanted.All(f => f.Key is "metadata" or "kind" or "apiVersion" || Covers(current[f.Key], f.Value))
        && (wanted.Labels ?? []).All(l => JsonNode.DeepEquals(current.Labels?[l.Key], l.Value));

    // Defaults add fields to what was written; they are no difference.
    private static bool Covers(JsonNode? current, JsonNode? wanted) => (current, wanted) switch
    {
        (JsonObject c, JsonObject w) => w.All(f => Covers(c[f.Key], f.Value)),
        (JsonArray c, JsonArray w) => c.Count == w.Count && c.Zip(w).All(p => Covers(p.First, p.Second)),
        _ => JsonNode.DeepEquals(current, wanted),
    };

    private JsonObject Service()
    {
        var ranges = options.ServiceClusterIpRanges.Select(IPNetwork.Parse).ToArray();
        return new JsonObject
        {
            ["kind"] = "Service",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject
            {
                ["name"] = Name,
                ["namespace"] = Namespace,
                ["labels"] = new JsonObject { ["provider"] = "kubernetes", ["component"] = "apiserver" },
            },
            ["spec"] = new JsonObject
            {
                ["type"] = "ClusterIP",
                ["clusterIP"] = FirstAddress(ranges[0]).ToString(),
                ["clusterIPs"] = new JsonArray(FirstAddress(ranges[0]).ToString()),
                ["ipFamilyPolicy"] = "SingleStack",
                ["ipFamilies"] = new JsonArray(ranges[0].BaseAddress.AddressFamily == AddressFamily.InterNetworkV6 ? "IPv6" : "IPv4"),
                ["sessionAffinity"] = "None",
                ["ports"] = new JsonArray(new JsonObject { ["name"] = "https", ["protocol"] = "TCP", ["port"] = 443, ["targetPort"] = options.SecurePort }),
            },
        };
    }

    private JsonObject Endpoints(IEnumerable<string> addresses) => new()
    {
        ["kind"] = "Endpoints",
        ["apiVersion"] = "v1",
        ["metadata"] = new JsonObject
        {
            ["name"] = Name,
            ["namespace"] = Namespace,
            ["labels"] = new JsonObject { ["endpointslice.kubernetes.io/skip-mirror"] = "true" },
        },
        ["subsets"] = new JsonArray(new JsonObject
        {
            ["addresses"] = new JsonArray([.. addresses.Select(a => new JsonObject { ["ip"] = a })]),
            ["ports"] = new JsonArray(Port()),
        }),
    };

    private JsonObject Slice(IEnumerable<string> addresses) => new()
    {
        ["kind"] = "EndpointSlice",
        ["apiVersion"] = "discovery.k8s.io/v1",
        ["metadata"] = new JsonObject
        {
            ["name"] = Name,
            ["namespace"] = Namespace,
            ["labels"] = new JsonObject { ["kubernetes.io/service-name"] = Name },
        },
        ["addressType"] = options.AdvertiseAddress.AddressFamily == AddressFamily.InterNetworkV6 ? "IPv6" : "IPv4",
        ["endpoints"] = new JsonArray([.. addresses.Select(a => new JsonObject
        {
            ["addresses"] = new JsonArray(a),
            ["conditions"] = new JsonObject { ["ready"] = true },
        })]),
        ["ports"] = new JsonArray(Port()),
    };

    private JsonObject Port() => new() { ["name"] = "https", ["port"] = options.SecurePort, ["protocol"] = "TCP" };

    /// <summary>The address after the network's own.</summary>
    internal static IPAddress FirstAddress(IPNetwork network)
    {
        var bytes = network.BaseAddress.GetAddressBytes();
        var tail = bytes.AsSpan(bytes.Length - sizeof(uint));
        BinaryPrimitives.WriteUInt32BigEndian(tail, BinaryPrimitives.ReadUInt32BigEndian(tail) + 1);
        return new IPAddress(bytes);
    }
}
