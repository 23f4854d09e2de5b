using Ballast.Client;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.ControllerManager.Nodes;

/// <summary>Writes a node's taints. The list is written whole, so each write names the resourceVersion it was made from: somebody else may have a taint to add.</summary>
internal sealed class TaintWriter(ResourceClient<V1Node> nodes)
{
    private const int Attempts = 3;

    /// <summary>Brings the node's taints to what <paramref name="wanted"/> makes of it, anew for each newer state of the node that a conflict tells of.</summary>
    /// <returns>The node as it is then; as it was where nothing had to be written.</returns>
    public async Task<V1Node> WriteAsync(V1Node node, Func<V1Node, IList<V1Taint>> wanted, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            var taints = wanted(node);
            if (Json.Same(node.Spec?.Taints ?? [], taints))
                return node;
            try
            {
                return await nodes.MergePatchAsync(null, node.Metadata.Name,
                    new { metadata = new { uid = node.Metadata.Uid, resourceVersion = node.Metadata.ResourceVersion }, spec = new { taints } }, cancel);
            }
            catch (HttpOperationException conflict) when (conflict.IsConflict && attempt < Attempts)
            {
                node = await nodes.GetAsync(null, node.Metadata.Name, cancel);
            }
        }
    }
}
