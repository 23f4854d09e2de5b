using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.Testing.Api;

/// <summary>One write, as watchers are told of it.</summary>
/// <param name="Resource">The kind.</param>
/// <param name="Version">The resourceVersion that the write made.</param>
/// <param name="Before">Null for a creation.</param>
/// <param name="After">The last state for a deletion.</param>
/// <param name="IsDeletion">True where the object is gone.</param>
internal sealed record ApiChange(GroupResource Resource, long Version, JsonObject? Before, JsonObject After, bool IsDeletion);
