namespace Ballast.Admin;

/// <summary>This build's version.</summary>
public static class BallastVersion
{
    public static string Text { get; } = $"v{typeof(BallastVersion).Assembly.GetName().Version!.ToString(3)}";
}
