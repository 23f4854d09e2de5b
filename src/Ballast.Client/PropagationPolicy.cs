namespace Ballast.Client;

/// <summary>What becomes of an object's dependents when it is deleted.</summary>
public static class PropagationPolicy
{
    public const string Background = "Background";
    public const string Foreground = "Foreground";
    public const string Orphan = "Orphan";
}
