using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Bootstrap;

/// <summary>An object that a fresh cluster has, as this version wants it.</summary>
/// <param name="Resource">Where it lives.</param>
/// <param name="Document">Shared: copy before changing.</param>
public sealed record BootstrapObject(GroupResource Resource, JsonObject Document);
