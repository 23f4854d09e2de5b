namespace Ballast.ApiMachinery.Apply;

/// <summary>Who writes.</summary>
/// <param name="Name">The request's <c>fieldManager</c>, or what its user agent starts with.</param>
/// <param name="ApiVersion">The version the client speaks.</param>
/// <param name="Now">When.</param>
public sealed record FieldManager(string Name, string ApiVersion, DateTimeOffset Now)
{
    /// <summary>Empty for the resource itself.</summary>
    public string Subresource { get; init; } = "";

    /// <summary>What this write may not touch and so never owns: <c>status</c> for a write of the resource itself, all else for one of its status.</summary>
    public FieldSet Ignored { get; init; } = FieldSet.Empty;
}
