using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry;

namespace Ballast.ApiServer.Admission;

public enum AdmissionOperation
{
    Create,
    Update,
    Delete,
    Connect,
}

/// <summary>A write on its way to storage.</summary>
/// <param name="Operation">What it does.</param>
/// <param name="Definition">The resource.</param>
/// <param name="Request">Who and where; carries the subresource and collects warnings.</param>
/// <param name="Document">The new object, in the storage version; null on deletion. A subresource's own document (Binding, Eviction) where it has one.</param>
/// <param name="Old">The object as stored; null on creation.</param>
public sealed record AdmissionAttributes(
    AdmissionOperation Operation, ResourceDefinition Definition, ResourceRequest Request, JsonObject? Document, JsonObject? Old)
{
    /// <summary>The object's name; empty for one whose name is yet to be generated.</summary>
    public string Name => Request.Name.Length > 0 ? Request.Name : Document?.Name ?? Old?.Name ?? "";

    public bool Is(string group, string resource, string subresource = "") =>
        Definition.Resource == resource && Definition.Group == group && Request.Subresource == subresource;

    /// <summary>The refusal, in the form all plugins use.</summary>
    public StatusException Forbid(string why) => StatusException.Forbidden(Definition.GroupResource, Name, why);
}

/// <summary>
/// A named check or change on writes. All mutating ones run first, in registration order, then all validating ones; the first refusal ends it. A plugin may
/// be called more than once for one request (conflict retries): it keeps nothing between calls.
/// </summary>
public interface IAdmissionPlugin
{
    /// <summary>As <c>--enable-admission-plugins</c> spells it.</summary>
    string Name { get; }

    bool Handles(AdmissionOperation operation);
}

public interface IMutatingAdmission : IAdmissionPlugin
{
    /// <exception cref="StatusException">The refusal, mostly Forbidden.</exception>
    ValueTask AdmitAsync(AdmissionAttributes attributes, CancellationToken cancel);
}

public interface IValidatingAdmission : IAdmissionPlugin
{
    /// <exception cref="StatusException">The refusal, mostly Forbidden.</exception>
    ValueTask ValidateAsync(AdmissionAttributes attributes, CancellationToken cancel);
}
