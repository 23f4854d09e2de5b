using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Apply;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Schemas;

namespace Ballast.ApiServer.Registry;

/// <summary>Keeps <c>metadata.managedFields</c> on every write that is not an apply, which brings its own.</summary>
internal static class FieldOwnership
{
    /// <param name="request">Whose write it is.</param>
    /// <param name="old">The object before; null on creation.</param>
    /// <param name="document">The object as it will be stored.</param>
    /// <param name="definition">Its resource.</param>
    /// <param name="time">When.</param>
    public static void Track(ResourceRequest request, JsonObject? old, JsonObject document, ResourceDefinition definition, TimeProvider time)
    {
        if (request.IsApply)
            return;
        var version = GroupVersion.Parse(document.ApiVersion);
        // The stored form may be another group's (events); else it is one of the definition's versions.
        var schema = SchemaCatalog.BuiltIn.Find(version.WithKind(document.Kind))
            ?? (definition.Versions.FirstOrDefault(v => v.Name == version.Version) ?? definition.Versions[0]).Schema;
        ManagedFields.TrackUpdate(old, document, new FieldManager(request.FieldManager, document.ApiVersion, time.GetUtcNow()) { Subresource = request.Subresource }, schema);
    }
}
