using Ballast.Client;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.Kubelet.Nodes;

/// <summary>Renews the Node's Lease in <c>kube-node-lease</c>: the sign of life by which the cluster knows a dead node.</summary>
/// <param name="node">The registered Node, which owns the Lease; null while there is none.</param>
internal sealed class NodeLease(ApiClient api, string nodeName, TimeSpan duration, Func<V1Node?> node, TimeProvider time, ILogger<NodeLease> logger)
{
    private const string Namespace = "kube-node-lease";
    private const double RenewFraction = 0.25;

    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly ResourceClient<V1Lease> _leases = api.Resources<V1Lease>();
    private V1Lease? _lease;

    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var wait = duration * RenewFraction;
            try
            {
                await RenewAsync(cancellation);
            }
            catch (HttpOperationException e) when (e.IsConflict || e.IsNotFound || e.IsAlreadyExists)
            {
                _lease = null; // Someone touched it: read it anew. Without its namespace it cannot be made yet.
                wait = RetryInterval;
            }
            catch (Exception e) when (!cancellation.IsCancellationRequested)
            {
                logger.LogInformation("Failed to update lease, will retry {Lease}: {Error}", nodeName, e.ApiMessage);
                wait = RetryInterval;
            }
            await Task.Delay(wait, time, cancellation);
        }
    }

    private async Task RenewAsync(CancellationToken cancellation)
    {
        _lease ??= await _leases.FindAsync(Namespace, nodeName, cancellation);
        if (_lease is null)
            _lease = await _leases.CreateAsync(Renewed(new V1Lease { Metadata = new V1ObjectMeta { Name = nodeName, NamespaceProperty = Namespace } }), cancellation);
        else
            _lease = await _leases.UpdateAsync(Renewed(_lease), cancellation);
    }

    private V1Lease Renewed(V1Lease lease)
    {
        var owner = node() is { } registered
            ? new V1OwnerReference { ApiVersion = "v1", Kind = "Node", Name = registered.Metadata.Name, Uid = registered.Metadata.Uid }
            : null;
        return lease with
        {
            Metadata = lease.Metadata with { OwnerReferences = owner is null ? lease.Metadata.OwnerReferences : [owner] },
            Spec = new V1LeaseSpec { HolderIdentity = nodeName, LeaseDurationSeconds = (int)duration.TotalSeconds, RenewTime = time.GetUtcNow().UtcDateTime },
        };
    }
}
