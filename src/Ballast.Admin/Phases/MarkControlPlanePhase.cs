namespace Ballast.Admin.Phases;

/// <summary>Labels the node as a control plane; its kubelet brought the taint.</summary>
public sealed class MarkControlPlanePhase : IPhase
{
    public string Name => "mark-control-plane";

    public string Title => "Mark the node as a control plane";

    public IEnumerable<string> Writes(PhaseContext context) => [$"labels of Node {context.Host.Name}"];

    public async Task<string> RunAsync(PhaseContext context, CancellationToken cancel)
    {
        await ClusterObjects.MarkControlPlaneAsync(context.Admin, context.Host.Name, context.Patience, context.Time, cancel);
        return context.Host.Name;
    }
}
