using Ballast.ApiServer.Authentication;

namespace Ballast.ApiServer.Registry;

/// <summary>Who asks for which object.</summary>
/// <param name="User">The authenticated client; for the server's own writes <see cref="UserInfo.ApiServer"/>.</param>
/// <param name="Namespace">Empty for cluster-scoped resources.</param>
/// <param name="Name">Empty for collections and for creations that bring it in the body.</param>
public sealed record ResourceRequest(UserInfo User, string Namespace, string Name)
{
    /// <summary>Do everything but the write.</summary>
    public bool DryRun { get; init; }

    /// <summary>Who <c>managedFields</c> attributes the write to; empty where unknown.</summary>
    public string FieldManager { get; init; } = "";

    /// <summary>Empty for the resource itself.</summary>
    public string Subresource { get; init; } = "";

    /// <summary>Collects sentences for the Warning header.</summary>
    public ICollection<string> Warnings { get; init; } = [];

    /// <summary>The API version the client speaks, which <c>managedFields</c> entries carry.</summary>
    public string ApiVersion { get; init; } = "";

    /// <summary>A server-side apply: the document says itself who owns what, and creates the object where there is none.</summary>
    public bool IsApply { get; init; }
}
