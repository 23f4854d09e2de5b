namespace Ballast.ControllerManager;

/// <summary>A controller as <c>--controllers</c> knows it.</summary>
/// <param name="Name">Upstream's name.</param>
/// <param name="Alias">The name that older manifests use.</param>
/// <param name="Identity">Its ServiceAccount in kube-system, which the bootstrap roles are bound to; also the source of its events.</param>
/// <param name="Create">Makes it; null where the flags leave it nothing to do.</param>
public sealed record ControllerDescriptor(string Name, string Alias, string Identity, Func<ControllerContext, IController?> Create)
{
    /// <summary>Runs only where it is named; <c>*</c> does not mean it.</summary>
    public bool IsOffByDefault { get; init; }
}
