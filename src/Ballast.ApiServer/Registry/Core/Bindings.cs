namespace Ballast.ApiServer.Registry.Core;

/// <summary>Binding by a POST to the collection, which old clients do; see <see cref="PodBinding"/>.</summary>
internal static class Bindings
{
    public static ResourceDefinition Definition(ISubresourceHandler binding) => BuiltIn.Posted("v1", "bindings", "Binding", true, binding);
}
