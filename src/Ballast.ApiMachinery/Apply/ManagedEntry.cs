
namespace Ballast.ApiMachinery.Apply;

/// <summary>Who an entry of <c>managedFields</c> is about. An applier is one manager whatever version it applies with.</summary>
internal readonly record struct ManagerId(string Name, string Operation, string ApiVersion, string Subresource)
{
    public const string Apply = "Apply";
    public const string Update = "Update";

    /// <summary>As conflicts name it: <c>"kubectl" using apps/v1</c>.</summary>
    public string Display()
    {
        var text = $"\"{Name}\"" + (Subresource.Length > 0 ? $" with subresource \"{Subresource}\"" : "");
        return Operation == Update ? $"{text} using {ApiVersion}" : text;
    }
}

/// <param name="Fields">What the manager has.</param>
/// <param name="ApiVersion">The version the fields are of.</param>
/// <param name="Time">When it last took a field.</param>
internal sealed record ManagedEntry(FieldSet Fields, string ApiVersion, string? Time);

